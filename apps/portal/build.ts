/**
 * Bundles the server into dist/main.js: our own sources, the workspace packages among them, in one file that Node reads in
 * one go. What comes from the registry stays outside, because some of it brings WebAssembly, workers or native parts.
 */
import { build } from 'esbuild'

await build({
  absWorkingDir: import.meta.dirname,
  entryPoints: ['main.ts'],
  outfile: 'dist/main.js',
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  sourcemap: true,
  logLevel: 'warning',
  plugins: [
    {
      name: 'what is ours goes in, what is not stays out',
      setup({ onResolve }) {
        const isOurs = /^(?:[./#]|@holdfast\/)/
        onResolve({ filter: /.*/ }, ({ path, kind }) =>
          kind === 'entry-point' || isOurs.test(path) ? undefined : { path, external: true },
        )
      },
    },
  ],
})
