/**
 * Bundles the agent into `dist/`: the program, and beside it the process that logs in. Everything is inside except Node
 * itself, so that the two files and a Node binary are all that a server needs.
 */
import { rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { build, type Plugin } from 'esbuild'

/**
 * Tables that are never read: zod brings its complaints in forty languages, 300 KiB, through one index, and only the
 * English file is used; socket.io brings all media types there are, and requests for its polling, 150 KiB, beside the
 * websocket that links are made of; age brings what it needs for kinds of keys that sealing.ts neither makes nor takes,
 * 100 KiB; and neither zod's JSON Schema nor socket.io's speaking with other nodes, or through a web server that is not
 * Node's own, is anything an agent does, 60 KiB.
 */
const withoutTheUnused: Plugin = {
  name: 'without-the-unused',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /locales\/index\.js$/ }, ({ importer }) =>
      importer.includes('/zod/') ? { path: 'no-locales', namespace: 'empty' } : undefined,
    )
    onResolve({ filter: /^mime-db$/ }, () => ({ path: 'no-media-types', namespace: 'empty' }))
    onResolve({ filter: /^(accepts|xmlhttprequest-ssl)$/ }, ({ importer }) =>
      /[/\\]engine\.io(-client)?[/\\]/.test(importer)
        ? { path: 'no-polling', namespace: 'empty' }
        : undefined,
    )
    onResolve({ filter: /^\.\/(userver|uws)(\.js)?$/ }, ({ importer }) =>
      /[/\\](engine|socket)\.io[/\\]/.test(importer)
        ? { path: 'no-other-server', namespace: 'empty' }
        : undefined,
    )
    const otherKeys = /^(@noble\/(post-quantum\/hybrid|curves\/nist|hashes\/scrypt)|\.\/webauthn)\.js$/
    onResolve({ filter: otherKeys }, ({ importer }) =>
      importer.includes('/age-encryption/') ? { path: 'no-other-keys', namespace: 'empty' } : undefined,
    )
    onResolve({ filter: /^\.\/(from-json-schema\.js|cluster-adapter)$/ }, ({ importer }) =>
      /[/\\](zod|socket\.io-adapter)[/\\]/.test(importer)
        ? { path: 'not-for-agents', namespace: 'empty' }
        : undefined,
    )
    onResolve({ filter: /\/(to-json-schema|json-schema-processors)\.js$/ }, ({ importer }) =>
      importer.includes('/zod/') ? { path: 'no-json-schema', namespace: 'empty' } : undefined,
    )
    onLoad({ filter: /.*/, namespace: 'empty' }, () => ({ contents: 'module.exports = {}' }))
  },
}

/** npm gives each part of socket.io a copy of ws of its own, all of one version: 100 KiB for the same twice more. */
const oneWebsocket: Plugin = {
  name: 'one-websocket',
  setup({ onResolve, resolve: resolveAs }) {
    const resolveDir = dirname(createRequire(import.meta.url).resolve('engine.io'))
    onResolve({ filter: /^ws$/ }, ({ kind, importer, pluginData }) =>
      pluginData === 'asked' || !/[/\\](engine\.io|engine\.io-client|socket\.io-adapter)[/\\]/.test(importer)
        ? undefined
        : resolveAs('ws', { kind, importer, resolveDir, pluginData: 'asked' }),
    )
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
  minify: true,
  // An error's stack, read over the telephone, still says which function it was.
  keepNames: true,
  // Native extras of ws that nobody installed: it does without.
  external: ['bufferutil', 'utf-8-validate'],
  plugins: [withoutTheUnused, oneWebsocket],
  // Some dependencies are CommonJS, and ask for Node's own modules by require().
  banner: {
    js: "import { createRequire as createRequireForBundle } from 'node:module'; const require = createRequireForBundle(import.meta.url);",
  },
})
