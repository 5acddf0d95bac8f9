/** Believable rows and real databases for demo, tests and benchmarks. Nothing here runs in a portal. */
export { type FleetOptions, type FleetServer, seedFleet } from './fleet.ts'
export { type SeededProvider, seedProvider, seedStrangeProvider } from './provider.ts'
export {
  NO_PASSWORD,
  NO_RECIPIENT,
  NO_RECORD,
  runOf,
  seedCommand,
  seedCondition,
  seedCustomer,
  seedDrill,
  seedLogEntry,
  seedPlan,
  seedPlanTemplate,
  seedPresence,
  seedRecoveryKey,
  seedReportCursor,
  seedRepository,
  seedRepositoryReader,
  seedRestore,
  seedRun,
  seedSealedKey,
  seedServer,
  seedServerCopy,
  seedSession,
  seedSite,
  seedTemplateApplication,
  seedUser,
  seedVault,
  seedVaultUse,
} from './rows.ts'
export { shareTestCluster, startTestDatabase, type TestDatabase } from './test-database.ts'
