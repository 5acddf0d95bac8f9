/** Mistakes of the kind that the chaos has to find, each as a change to one file, and which rule it breaks. */
import type { Rule } from './judge.ts'

export type PlantedBug = {
  readonly name: string
  readonly what: string
  readonly of: 'agent' | 'portal'
  readonly file: string
  readonly changes: readonly (readonly [text: string, instead: string])[]
  /** One of these at least has to be said. */
  readonly breaks: readonly Rule[]
}

export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    name: 'receipt-before-journal',
    what: 'a command is acknowledged before it is in the journal',
    of: 'agent',
    file: 'apps/agent/src/commands/dispatcher.ts',
    changes: [
      [
        'state.commands.journal(portalId, { ...command, body: body ?? { kind: command.body.kind } }, receipt)',
        'setTimeout(() => state.commands.journal(portalId, { ...command, body: body ?? { kind: command.body.kind } }, receipt), 400)',
      ],
      ['queueMicrotask(() => this.#start(', 'setTimeout(() => this.#start('],
      ['command.id, body))\n      return receipt', 'command.id, body), 450)\n      return receipt'],
    ],
    breaks: ['command_lost'],
  },
  {
    name: 'silent-rerun',
    what: 'a command that was cut is begun again at the next start',
    of: 'agent',
    file: 'apps/agent/src/runs/recover.ts',
    changes: [
      [
        'for (const entry of commands.filter(isRunning)) settleCommand(workshop, entry)',
        'for (const entry of commands.filter(isRunning)) resume(entry)',
      ],
    ],
    breaks: ['command_twice'],
  },
  {
    name: 'lock-stays',
    what: 'the lock of a run that died is not removed',
    of: 'agent',
    file: 'apps/agent/src/engine/locks.ts',
    changes: [['if (ownRuns.length === 0) return []', 'if (ownRuns.length >= 0) return []']],
    breaks: ['lock_stuck'],
  },
  {
    name: 'report-forgotten',
    what: 'a report leaves the outbox when it is sent, and not when it is applied',
    of: 'agent',
    file: 'apps/agent/src/link/reporter.ts',
    changes: [
      [
        'const answer = await this.#line.request(',
        'this.#state.outbox.applied(this.#portalId, reports.at(-1)?.sequence ?? 0)\n    const answer = await this.#line.request(',
      ],
    ],
    breaks: ['report_lost', 'command_lost'],
  },
  {
    name: 'cursor-before-effect',
    what: 'the portal commits what it has heard before what that does',
    of: 'portal',
    file: 'apps/portal/src/gateway/reports/intake.ts',
    changes: [
      [
        '  const news = await applyFacts(sql, moved)\n  await sql.query({\n    ...MOVE_CURSORS,',
        '  const tenant = (await sql.query<{ id: string }>("SELECT current_setting(\'holdfast.provider_id\') AS id")).rows[0]?.id\n  await sql.query({\n    ...MOVE_CURSORS,',
      ],
      [
        '    ],\n  })\n  return { news, appliedThrough }',
        "    ],\n  })\n  await sql.query('COMMIT')\n  await new Promise((resolve) => setTimeout(resolve, 300))\n  await sql.query('BEGIN')\n  await sql.query(\"SELECT set_config('holdfast.provider_id', $1, true), set_config('holdfast.customer_id', '', true)\", [tenant])\n  const news = await applyFacts(sql, moved)\n  return { news, appliedThrough }",
      ],
    ],
    breaks: ['report_lost', 'command_lost'],
  },
  {
    name: 'cut-called-failed',
    what: 'work that was cut is said to have failed',
    of: 'agent',
    file: 'apps/agent/src/runs/recover.ts',
    changes: [["{ outcome: 'unknown', finishedAt,", "{ outcome: 'failed', finishedAt,"]],
    breaks: ['cut_not_unknown'],
  },
  {
    name: 'schedule-settled-later',
    what: 'that the time of a plan is settled is written down a second after its run began',
    of: 'agent',
    file: 'apps/agent/src/schedule/scheduler.ts',
    changes: [
      [
        '      state.schedules.settle(portalId, plan, this.#now())\n      return runs.begin(',
        '      setTimeout(() => state.schedules.settle(portalId, plan, this.#now()), 1_500)\n      return runs.begin(',
      ],
    ],
    breaks: ['schedule_twice'],
  },
  {
    name: 'orphan-lives-on',
    what: 'a restic that outlived its agent is left running when its run is settled',
    of: 'agent',
    file: 'apps/agent/src/runs/recover.ts',
    changes: [['    await endOrphan(run.process)\n', '']],
    breaks: ['restic_left'],
  },
]
