export { isAlive } from './alive.ts'
export { type Finished, type RunOptions, run } from './run.ts'
export { type Exit, Service, type ServiceOptions, stopServices, stopServicesOnSignal } from './service.ts'
