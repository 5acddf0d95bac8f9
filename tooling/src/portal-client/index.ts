export {
  createRepository,
  type RunRow,
  type ServerPage,
  savePlan,
  serverPage,
  startRun,
  untilOnline,
  untilRunEnded,
} from './back-up.ts'
export { type FirstRun, PortalClient, PortalRefused } from './client.ts'
export { type RegisteredServer, registerServer } from './register-server.ts'
