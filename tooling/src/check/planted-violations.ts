/**
 * A rule that nobody has seen fail is a hope. Here is what each layer rule of biome.json must refuse, as somebody would
 * really write it: the package's name, a subpath, and the relative path that leads to the same place. `allowed` is what
 * the same rule must let through; a rule that refuses everything proves nothing.
 *
 * `because` is a piece of the message that a person gets to read.
 */
export type Planted = {
  readonly file: string
  readonly refused: readonly { readonly imports: string; readonly because: string }[]
  readonly allowed: readonly string[]
}

const OWN_NOTHING = 'imports nothing of ours'
const ON_THE_WIRE = 'meet only on the wire'
const WITHOUT_CONSOLE = 'must run, and restart, without the console'
const ONLY_TOKENS = 'neither portal nor agent nor database'
const NO_OTHER_FEATURE = "another feature's files"
const LOOKS_ONLY = 'how things look'

const refuse = (because: string, ...imports: readonly string[]) =>
  imports.map((from) => ({ imports: from, because }))

export const PLANTED_VIOLATIONS: readonly Planted[] = [
  {
    file: 'packages/protocol/src/planted.ts',
    refused: refuse(
      OWN_NOTHING,
      '@holdfast/database',
      '@holdfast/portal',
      'holdfast-agent',
      '../../../apps/agent/src/cli.ts',
    ),
    allowed: ['zod', './limits.ts', 'node:crypto'],
  },
  {
    file: 'apps/agent/src/link/planted.ts',
    refused: refuse(
      ON_THE_WIRE,
      '@holdfast/portal',
      '@holdfast/database',
      '@holdfast/database/seed',
      '@holdfast/vault',
      '../../../vault/src/vault.ts',
      '../../../portal/src/runtime.ts',
      '../../../../apps/portal/src/runtime.ts',
      '../../../../prisma/src/index.ts',
    ),
    allowed: ['@holdfast/protocol', '@holdfast/protocol/handshake', '../journal/journal.ts'],
  },
  {
    file: 'apps/vault/src/storage/planted.ts',
    refused: refuse(
      ONLY_TOKENS,
      '@holdfast/portal',
      '@holdfast/database',
      '@holdfast/database/seed',
      'holdfast-agent',
      'holdfast-agent/src/cli.ts',
      '../../../portal/src/runtime.ts',
      '../../../agent/src/failure.ts',
      '../../../../prisma/src/index.ts',
    ),
    allowed: ['@holdfast/protocol', '@holdfast/protocol/vault-token', '../trash/trash.ts', 'zod'],
  },
  {
    file: 'apps/portal/src/commands/planted.ts',
    refused: refuse(
      ON_THE_WIRE,
      'holdfast-agent',
      'holdfast-agent/src/cli.ts',
      '@holdfast/vault',
      '../../../agent/src/cli.ts',
      '../../../../apps/agent/src/cli.ts',
      '../../../vault/src/vault.ts',
    ),
    allowed: ['@holdfast/protocol', '@holdfast/database', '#live/bus.ts'],
  },
  {
    file: 'apps/portal/src/gateway/planted.ts',
    refused: [
      ...refuse(
        WITHOUT_CONSOLE,
        'next',
        'next/server',
        'next-auth',
        'next-auth/jwt',
        'react',
        'react-dom',
        '#app/page.tsx',
        '#features/servers/router.ts',
        '#trpc/procedures.ts',
        '#ui/controls/button.tsx',
        '../features/servers/router.ts',
        '../trpc/procedures.ts',
        '../ui/controls/button.tsx',
        '../app/page.tsx',
      ),
      ...refuse(ON_THE_WIRE, 'holdfast-agent', '@holdfast/vault', '../../../agent/src/cli.ts'),
    ],
    allowed: ['socket.io', '@holdfast/database', '#live/bus.ts', '../runtime.ts'],
  },
  {
    file: 'apps/portal/src/features/servers/planted.ts',
    refused: [
      ...refuse(
        NO_OTHER_FEATURE,
        '#features/runs/service.ts',
        '../runs/service.ts',
        '../../features/runs/service.ts',
        '../../../../agent/src/cli.ts',
      ),
      ...refuse(ON_THE_WIRE, 'holdfast-agent', '@holdfast/vault'),
    ],
    allowed: ['./service.ts', './components/form.tsx', '#trpc/procedures.ts', '#ui/controls/button.tsx'],
  },
  {
    file: 'apps/portal/src/ui/controls/planted.tsx',
    refused: [
      ...refuse(
        LOOKS_ONLY,
        '#features/runs/service.ts',
        '#trpc/client.ts',
        '#gateway/gateway.ts',
        '#auth/session.ts',
        '@holdfast/database',
        '../../features/runs/service.ts',
      ),
      ...refuse(ON_THE_WIRE, 'holdfast-agent', '@holdfast/vault', '../../../../agent/src/cli.ts'),
    ],
    allowed: ['react', './button.tsx', '#ui/theme/theme.ts'],
  },
]
