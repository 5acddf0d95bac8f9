import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { backup } from './backup.ts'
import { matcherOf } from './exclude-match.ts'
import { openSite, type Site } from './testing/site.ts'

/** The two programs whose languages have to mean the same: git, which made it up, and restic, which is given ours. */

const FILES = [
  'keep.tmp',
  'a.tmp',
  'a.tm',
  'notes.txt',
  'b/a.tmp',
  'b/keep.tmp',
  'b/notes.txt',
  'b/c/d.txt',
  'b/c/x.tmp',
  'cache/one',
  'cache/two/three',
  'b/cache/four',
  'b/cache2',
  'data/keep/this.txt',
  'data/keep/this.tmp',
  'data/other/that.txt',
  'data/loose.txt',
  'logs/1.log',
  'logs/2.log',
  'logs/10.log',
  'deep/er/and/deeper/file.log',
  'deep/er/logs/file.txt',
  'node_modules/x/index.js',
  'app/node_modules/y/index.js',
  'node_modules.txt',
  '.hidden/file',
  '.env',
  'with space /x',
  '$HOME',
  '#hash',
  '!bang',
  'st*r',
  'star',
  '[set]',
  'back\\slash',
  'größe/日本語.tmp',
]

const plant = (folder: string) => {
  for (const name of FILES) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), name)
  }
}

/** The files that git would not ignore. */
function keptByGit(site: Site, lines: readonly string[]): string[] {
  const git = (...args: string[]) => execFileSync('git', ['-C', site.sources, ...args], { encoding: 'utf8' })
  const rules = site.path('rules')
  writeFileSync(rules, lines.map((line) => `${line}\n`).join(''))
  git('init', '--quiet', `--separate-git-dir=${site.path('git')}`)
  const listed = git('ls-files', '-z', '--others', `--exclude-from=${rules}`)
  return listed.split('\0').filter((name) => name !== '' && name !== '.git')
}

async function keptByRestic(site: Site, excludeLines: readonly string[]): Promise<string[]> {
  const request = { sources: [site.sources], excludeLines, excludes: [join(site.sources, '.git')] }
  const { snapshotId } = await backup(site.restic, site.repository, request)
  const env = { ...site.restic.env, RESTIC_PASSWORD: site.repository.password }
  const listed = execFileSync(
    site.restic.binary,
    ['-r', site.repositoryFolder, 'ls', '--json', snapshotId ?? ''],
    { env, encoding: 'utf8' },
  )
  return listed
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [JSON.parse(line)]))
    .flatMap(({ type, path }) => (type === 'file' ? [path.slice(site.sources.length + 1)] : []))
}

/** The same rules, read by whoever walks the sources himself. */
function keptByMatcher(lines: readonly string[]): string[] {
  const isLeftOut = matcherOf(lines)
  return FILES.filter((file) => {
    const names = file.split('/')
    return !names.some((_, at) => isLeftOut(names.slice(0, at + 1), at + 1 < names.length))
  })
}

describe('what a plan leaves out', () => {
  it.each([
    ['a name anywhere', ['*.tmp']],
    ['a name with a slash: from the folder', ['b/a.tmp', '/a.tmp']],
    ['a folder', ['cache']],
    ['folders only', ['cache/', 'node_modules/', 'b/cache2/']],
    ['a folder from the top', ['/cache/', '/node_modules']],
    ['what is in a folder', ['b/**', 'deep/*/and']],
    ['any depth', ['**/logs', 'deep/**/file.log', '**/c/*.txt']],
    ['one letter, and sets of them', ['logs/?.log', 'a.t[a-m]?', 'logs/[!1].log', '[^a-z]hash']],
    ['what was brought back', ['*.tmp', '!keep.tmp']],
    ['all but one folder', ['/data/*', '!/data/keep']],
    ['all but one folder, which has its own', ['*.tmp', '/data/*', '!/data/keep/']],
    ['brought back below what is left out: it stays out', ['cache/', '!cache/one', 'data', '!data/keep']],
    ['left out again', ['*.txt', '!notes.txt', '/b/notes.txt']],
    ['all but one kind', ['/*', '!/*.txt', '!/b', '/b/*', '!/b/*.txt']],
    ['comments, spaces and empty lines', ['# *.txt', '', '   ', 'a.tmp   ', 'with\\ space\\ ']],
    ['odd names', ['$HOME', '\\#hash', '\\!bang', 'st\\*r', '\\[set\\]', 'back\\\\slash']],
    ['names in other alphabets', ['größe/*.tmp', '日本語*']],
    ['hidden files', ['.*']],
    ['everything', ['*']],
    ['nothing', []],
  ])('%s, as git has it', async (_, lines) => {
    await using site = await openSite()
    plant(site.sources)
    const kept = keptByGit(site, lines)
    expect((await keptByRestic(site, lines)).sort()).toEqual(kept.sort())
    expect(keptByMatcher(lines).sort()).toEqual(kept.sort())
  })

  it('is read from each source by itself', async () => {
    await using site = await openSite()
    for (const name of ['one', 'two']) plant(join(site.sources, name))
    const sources = [join(site.sources, 'one'), join(site.sources, 'two')]
    const { filesNew } = await backup(site.restic, site.repository, {
      sources,
      excludeLines: ['/data', '/b'],
    })
    const left = FILES.filter((name) => !/^(data|b)\//.test(name))
    expect(filesNew).toBe(2 * left.length)
  })

  it('is also what is too large', async () => {
    await using site = await openSite()
    writeFileSync(join(site.sources, 'small'), Buffer.alloc(1_024))
    writeFileSync(join(site.sources, 'large'), Buffer.alloc(1_025))
    const limits = { oneFileSystem: false, largerThanBytes: 1_024 }
    const { filesNew } = await backup(site.restic, site.repository, { sources: [site.sources], limits })
    expect(filesNew).toBe(1)
  })
})
