/**
 * The programs that Holdfast needs beside Node: restic makes the backups, chromium shows the console to the browser
 * tests. This finds them, installs them where it can, and otherwise says exactly what to type.
 *
 *   npm run tools                          what is here
 *   npm run tools -- --install             installs what is missing
 *   npm run tools -- --install restic      only that one
 *
 * HOLDFAST_RESTIC and HOLDFAST_CHROMIUM name a program that stands somewhere unusual. A named one is never silently
 * replaced by another: if it does not work, that is what you are told.
 */
import { parseArgs } from 'node:util'
import { describe, findTool, installTools, TOOL_NAMES } from './tools/index.ts'

function readArguments() {
  const { values, positionals } = parseArgs({
    options: { install: { type: 'boolean', default: false } },
    allowPositionals: true,
  })
  const names = TOOL_NAMES.filter((name) => positionals.length === 0 || positionals.includes(name))
  const unknown = positionals.filter((text) => !TOOL_NAMES.some((name) => name === text))
  return { install: values.install, names, unknown }
}

if (import.meta.main) {
  const { install, names, unknown } = readArguments()
  if (unknown.length > 0) {
    console.error(`There is no tool called ${unknown.join(', ')}. There are: ${TOOL_NAMES.join(', ')}.`)
    process.exit(2)
  }
  const found = install ? await installTools(names) : await Promise.all(names.map((name) => findTool(name)))
  for (const one of found) console.log(await describe(one))
  if (found.some(({ state }) => state !== 'ready')) process.exit(1)
}
