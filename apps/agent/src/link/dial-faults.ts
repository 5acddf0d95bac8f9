export { type DialFault, type DialStage, nameDialFault } from '@holdfast/protocol'
