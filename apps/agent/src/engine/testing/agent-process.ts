/**
 * An agent in a process of its own, so that a test can kill it: checks or backs up, and prints each restic that it
 * started as a line of JSON. Usage: node agent-process.ts <check | backup> <cache folder> <source>, and the repository
 * in REPOSITORY and PASSWORD.
 */
import { backup, check, findRestic } from '../index.ts'

const [work, cacheFolder, source = ''] = process.argv.slice(2)
const { REPOSITORY: location = '', PASSWORD: password = '' } = process.env
const restic = await findRestic({ ...(cacheFolder && { cacheFolder }) })
const hooks = { onSpawn: (run: object) => console.log(JSON.stringify(run)) }
if (work === 'check') await check(restic, { location, password }, { readData: true }, hooks)
else await backup(restic, { location, password }, { sources: [source] }, hooks)
