/**
 * nftables: an accept in a table of our own would not help where another chain drops, so the rule goes to the front of
 * each chain through which packets come in and that may drop some. It bears our name as its comment, and by that, and
 * its port, it is found and removed again.
 */
import { isIPv4 } from 'node:net'
import { z } from 'zod'
import type { Firewall, Opening } from './firewall.ts'
import { mustRun, RunFailed, type RunProgram } from './run-program.ts'

const COMMENT = 'holdfast-agent'

const chain = z.object({
  family: z.string(),
  table: z.string(),
  name: z.string(),
  type: z.string().optional(),
  hook: z.string().optional(),
  policy: z.string().optional(),
})
const rule = z.object({
  family: z.string(),
  table: z.string(),
  chain: z.string(),
  handle: z.number(),
  comment: z.string().optional(),
  expr: z.array(z.unknown()).default([]),
})
const ruleset = z.object({
  nftables: z.array(z.object({ chain: chain.optional(), rule: rule.optional() })),
})
const portMatch = z.object({
  match: z.object({
    left: z.object({ payload: z.object({ protocol: z.literal('tcp'), field: z.literal('dport') }) }),
    right: z.number(),
  }),
})

type Chain = z.output<typeof chain>
type Rule = z.output<typeof rule>
type Found = { readonly entrances: readonly Chain[]; readonly ours: (port: number) => Rule[] }

export const nftables: Firewall = {
  name: 'nftables',
  isActive: async (run) => {
    const { code, out } = await run('nft', ['-j', 'list', 'ruleset'])
    return code === 0 && understand(out).entrances.length > 0
  },
  open: async (run, opening) => {
    const { entrances, ours } = await look(run)
    const there = ours(opening.port)
    const fitting = entrances.filter(({ family }) => takes(family, opening))
    for (const { family, table, name } of fitting) {
      if (there.some((each) => each.family === family && each.table === table && each.chain === name))
        continue
      const what = [...towards(opening), 'tcp', 'dport', String(opening.port)]
      const accept = ['accept', 'comment', `"${COMMENT}"`]
      await mustRun(run, 'nft', ['insert', 'rule', family, table, name, ...what, ...accept])
    }
    return 'ours'
  },
  close: async (run, { port }) => {
    for (const { family, table, chain, handle } of (await look(run)).ours(port))
      await mustRun(run, 'nft', ['delete', 'rule', family, table, chain, 'handle', String(handle)])
  },
  byHand: ({ port }) => `nft insert rule inet filter input tcp dport ${port} accept comment ${COMMENT}`,
}

async function look(run: RunProgram): Promise<Found> {
  return understand(await mustRun(run, 'nft', ['-j', 'list', 'ruleset']))
}

function understand(json: string): Found {
  const parsed = ruleset.safeParse(asJson(json))
  if (!parsed.success) throw new RunFailed('nft', { code: 0, out: '', err: 'its answer is not understood' })
  const { nftables: all } = parsed.data
  const rules = all.flatMap((item) => item.rule ?? [])
  const isIn = (each: Rule, { family, table, name }: Chain) =>
    each.family === family && each.table === table && each.chain === name
  return {
    // A chain that accepts all and has no rule stops nobody.
    entrances: all
      .flatMap((item) => item.chain ?? [])
      .filter(({ hook, type, family }) => hook === 'input' && type === 'filter' && FAMILIES.has(family))
      .filter((each) => each.policy === 'drop' || rules.some((one) => isIn(one, each))),
    ours: (port) =>
      rules.filter(
        ({ comment, expr }) =>
          comment === COMMENT && expr.some((part) => portMatch.safeParse(part).data?.match.right === port),
      ),
  }
}

const FAMILIES: ReadonlySet<string> = new Set(['inet', 'ip', 'ip6'])

function takes(family: string, { address }: Opening): boolean {
  return address === null || family === 'inet' || (family === 'ip') === isIPv4(address)
}

function towards({ address }: Opening): string[] {
  return address === null ? [] : [isIPv4(address) ? 'ip' : 'ip6', 'daddr', address]
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
