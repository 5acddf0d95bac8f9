/** For the end-to-end tests: what stands on the way between a server and its portal, and the doctor's word for it. */
export { type Box, line, opensTls, type Port } from './boxes.ts'
export { type Certificate, makeAuthority, makeSelfSigned } from './certificates.ts'
export { CONTROL, ON_LOOPBACK } from './faults.ts'
export { Front } from './front.ts'
export { Laboratory } from './laboratory.ts'
export { type Answer, type Fault, Scene } from './scene.ts'
