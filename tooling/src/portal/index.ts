export { type Backstage, goBackstage, stopLeftDatabase } from './backstage.ts'
export { apart, type PortalOptions, type RunningPortal, startPortal } from './process.ts'
