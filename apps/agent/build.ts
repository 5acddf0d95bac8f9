/**
 * Bundles the agent into `dist/`: the program, and beside it the process that logs in. Everything is inside except Node
 * itself, so that the two files and a Node binary are all that a server needs.
 */
import { rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { build, type Plugin } from 'esbuild'

/** zod brings its complaints in forty languages, 300 KiB, through one index; only the English file is ever read. */
const oneLanguage: Plugin = {
  name: 'one-language',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /locales\/index\.js$/ }, ({ importer }) =>
      importer.includes('/zod/') ? { path: 'no-locales', namespace: 'empty' } : undefined,
    )
    onLoad({ filter: /.*/, namespace: 'empty' }, () => ({ contents: 'export {}' }))
  },
}

/** `node build.ts [folder]` */
const outdir = resolve(process.argv[2] ?? join(import.meta.dirname, 'dist'))
rmSync(outdir, { recursive: true, force: true })

await build({
  entryPoints: ['src/agent.ts', 'src/link/login-process.ts'],
  entryNames: '[name]',
  outdir,
  absWorkingDir: import.meta.dirname,
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  minifySyntax: true,
  minifyWhitespace: true,
  // Native extras of ws that nobody installed: it does without.
  external: ['bufferutil', 'utf-8-validate'],
  plugins: [oneLanguage],
  // Some dependencies are CommonJS, and ask for Node's own modules by require().
  banner: {
    js: "import { createRequire as createRequireForBundle } from 'node:module'; const require = createRequireForBundle(import.meta.url);",
  },
})
