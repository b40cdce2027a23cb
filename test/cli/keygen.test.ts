import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { createKeyring } from '../../src/sealing/keyring.js'
import { createSealer } from '../../src/sealing/sealer.js'
import { Secret } from '../../src/sealing/secret.js'
import { startCli } from './cli-process.js'

const folder = await mkdtemp(join(tmpdir(), 'tokenkeeper-'))
afterAll(async () => {
  await rm(folder, { recursive: true })
})

async function tokenkeeper(...args: readonly string[]) {
  return await startCli(args).ended
}

/** One line on stderr, no stack, nothing on stdout; exit code 3, or 2 for a wrong call. */
function expectOneLine(
  run: Awaited<ReturnType<typeof tokenkeeper>>,
  code: 2 | 3,
  ...parts: string[]
): void {
  expect(run.code).toBe(code)
  expect(run.stdout).toBe('')
  expect(run.stderr).toMatch(/^[^\n]+\n$/)
  for (const part of parts) expect(run.stderr).toContain(part)
}

test('writes a private key of mode 0600 and prints the public key alone', async () => {
  const file = join(folder, '2026-11')
  const run = await tokenkeeper('keygen', '--out', file)
  expect(run.code).toBe(0)
  expect(run.stdout).toMatch(/^tkpub1\.[0-9a-f]{16}\.[A-Za-z0-9_-]{43}\n$/)
  expect(run.stderr).toContain(file)
  expect((await stat(file)).mode & 0o7777).toBe(0o600)

  const text = await readFile(file, 'utf8')
  const [key = '', ...comments] = text.trimEnd().split('\n')
  expect(key).toMatch(/^tkkey1\./)
  for (const comment of comments) expect(comment).toMatch(/^# /)
  expect(text).toContain(run.stdout.trim())
  expect(text).toMatch(/\d{4}-\d{2}-\d{2}T/)
  expect(run.stdout + run.stderr).not.toContain(key.split('.')[2])

  const binding = { connection: 'erp', purpose: 'credential' } as const
  const sealed = await createSealer(run.stdout).seal('a key', binding)
  const keyring = await createKeyring([new Secret(text)])
  expect((await keyring.open(sealed, binding)).reveal()).toBe('a key')
})

test('never overwrites a file, not even an empty one or a link to nowhere', async () => {
  const file = join(folder, 'taken')
  await writeFile(file, '', { mode: 0o644 })
  expectOneLine(await tokenkeeper('keygen', '--out', file), 3, file, 'never overwritten')
  expect(await readFile(file, 'utf8')).toBe('')
  const dangling = join(folder, 'dangling')
  await symlink(join(folder, 'target'), dangling)
  expectOneLine(await tokenkeeper('keygen', '--out', dangling), 3, 'never overwritten')
  expect(await readdir(folder)).not.toContain('target')
})

test('of two at once one wins and the file is whole', async () => {
  const file = join(folder, 'race')
  const runs = await Promise.all([
    tokenkeeper('keygen', '--out', file),
    tokenkeeper('keygen', '--out', file),
  ])
  expect(runs.map((run) => run.code).sort()).toEqual([0, 3])
  const winner = runs.find((run) => run.code === 0)
  const keyring = await createKeyring([new Secret(await readFile(file, 'utf8'))])
  expect(keyring.newestPublicKey).toBe(winner?.stdout.trim())
})

test('says in one line what is wrong', async () => {
  const missing = join(folder, 'no-folder', 'key')
  expectOneLine(await tokenkeeper('keygen', '--out', missing), 3, missing, 'folder does not exist')
  await mkdir(join(folder, 'a-folder'))
  expectOneLine(await tokenkeeper('keygen', '--out', join(folder, 'a-folder')), 3, 'a-folder')
  const under = join(folder, 'taken', 'key')
  expectOneLine(await tokenkeeper('keygen', '--out', under), 3, 'ENOTDIR')
  expectOneLine(await tokenkeeper('keygen'), 2, '--out')
  expectOneLine(await tokenkeeper('keygen', '--out'), 2, '--out')
  expectOneLine(await tokenkeeper('nonsense'), 2, 'nonsense')
})
