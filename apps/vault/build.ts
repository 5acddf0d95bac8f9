/**
 * Bundles the vault into `dist/`: everything inside except Node itself. What is seldom needed, such as the maker of
 * certificates, stays a file of its own, and is in memory only when somebody asks for it.
 */
import { rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'

/** `node build.ts [folder]` */
const outdir = resolve(process.argv[2] ?? join(import.meta.dirname, 'dist'))
rmSync(outdir, { recursive: true, force: true })

await build({
  entryPoints: { vault: 'src/main.ts' },
  outdir,
  absWorkingDir: import.meta.dirname,
  bundle: true,
  splitting: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  minify: true,
  // An error's stack still says which function it was.
  keepNames: true,
})
