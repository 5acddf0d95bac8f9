/** Everything that the console can ask, by use case. */
import type { inferRouterOutputs } from '@trpc/server'
import { browseRouter } from '#features/browse/router.ts'
import { commandsRouter } from '#features/commands/router.ts'
import { conditionsRouter } from '#features/conditions/router.ts'
import { copiesRouter } from '#features/copies/router.ts'
import { customersRouter } from '#features/customers/router.ts'
import { doctorRouter } from '#features/doctor/router.ts'
import { drillsRouter } from '#features/drills/router.ts'
import { firewallSheetRouter } from '#features/firewall-sheet/router.ts'
import { managementLogRouter } from '#features/management-log/router.ts'
import { overviewRouter } from '#features/overview/router.ts'
import { plansRouter } from '#features/plans/router.ts'
import { recoveryRouter } from '#features/recovery/router.ts'
import { repositoriesRouter } from '#features/repositories/router.ts'
import { restoreRouter } from '#features/restore/router.ts'
import { runsRouter } from '#features/runs/router.ts'
import { serverPageRouter } from '#features/server-page/router.ts'
import { serversRouter } from '#features/servers/router.ts'
import { sessionRouter } from '#features/session/router.ts'
import { setupRouter } from '#features/setup/router.ts'
import { sitesRouter } from '#features/sites/router.ts'
import { templatesRouter } from '#features/templates/router.ts'
import { treeRouter } from '#features/tree/router.ts'
import { vaultUsageRouter } from '#features/vault-usage/router.ts'
import { vaultsRouter } from '#features/vaults/router.ts'
import { router } from './procedures.ts'

export const appRouter = router({
  browse: browseRouter,
  commands: commandsRouter,
  conditions: conditionsRouter,
  copies: copiesRouter,
  customers: customersRouter,
  doctor: doctorRouter,
  drills: drillsRouter,
  firewallSheet: firewallSheetRouter,
  managementLog: managementLogRouter,
  overview: overviewRouter,
  plans: plansRouter,
  recovery: recoveryRouter,
  repositories: repositoriesRouter,
  restore: restoreRouter,
  runs: runsRouter,
  serverPage: serverPageRouter,
  servers: serversRouter,
  session: sessionRouter,
  setup: setupRouter,
  sites: sitesRouter,
  templates: templatesRouter,
  tree: treeRouter,
  vaults: vaultsRouter,
  vaultUsage: vaultUsageRouter,
})

export type AppRouter = typeof appRouter
/** `Outputs['servers']['get']` */
export type Outputs = inferRouterOutputs<AppRouter>
