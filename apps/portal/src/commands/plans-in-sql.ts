/**
 * Notes which revision of each plan an agent holds. $1: the servers that said so; $2: what they hold. A plan that is not
 * among it is not held any more, and a revision that the plan never had is not believed.
 */
export const HOLD_PLANS = {
  name: 'hold_plans',
  text: `
    UPDATE plan SET agent_revision = known.revision
    FROM (
      SELECT mine.id, least(coalesce(held.revision, 0), mine.revision) AS revision
      FROM plan AS mine
      LEFT JOIN jsonb_to_recordset($2::jsonb) AS held ("serverId" uuid, "planId" uuid, revision bigint)
        ON held."planId" = mine.id AND held."serverId" = mine.server_id
      WHERE mine.server_id = ANY($1::uuid[])
    ) AS known
    WHERE plan.id = known.id AND plan.agent_revision <> known.revision
    RETURNING plan.provider_id AS "providerId", plan.customer_id AS "customerId", plan.server_id AS "serverId"`,
}
