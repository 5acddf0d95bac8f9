export { NETWORK_TOOL_NAMES, TOOL_NAMES, type ToolName } from './catalogue.ts'
export { type Found, findTool } from './find.ts'
export { describe, installTools, requireTool, ToolMissing } from './install.ts'
