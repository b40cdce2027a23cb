import { execFileSync } from 'node:child_process'
import { chmod, link, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { generateKeyPair } from '../../src/sealing/key-pair.js'
import { createReferenceAllowList } from '../../src/sealing/reference-allow-list.js'
import { CANARY, expectFailure, expectNoCanary, printed } from './expect-failure.js'

const root = await mkdtemp(join(tmpdir(), 'tokenkeeper-'))
const allowed = join(root, 'secrets')
const keyFile = join(root, 'key')
const pair = await generateKeyPair()
const socket = createServer()
const list = createReferenceAllowList({
  allow: ['env:APP_SECRET_*', `file:${allowed}/*`, `file:${root}/exact`],
  keyFiles: [keyFile, join(allowed, 'key-link'), join(root, 'no-such-key')],
})

beforeAll(async () => {
  await mkdir(join(allowed, 'inner'), { recursive: true })
  await mkdir(join(root, 'outside'))
  for (const path of ['secrets/good', 'secrets/inner/deep', 'outside/secret', 'exact', 'other'])
    await writeFile(join(root, path), `${CANARY}\n`)
  await writeFile(keyFile, `${CANARY}\n`)
  await link(keyFile, join(allowed, 'hard-link-to-key'))
  await writeFile(join(allowed, 'linked-key'), CANARY)
  await symlink(join(allowed, 'linked-key'), join(allowed, 'key-link'))
  await writeFile(join(allowed, 'copied-key'), `# ${CANARY}\n${pair.privateKey.reveal()}\n`)
  await symlink(join(root, 'outside/secret'), join(allowed, 'link-out'))
  await symlink(join(allowed, 'good'), join(allowed, 'link-in'))
  await symlink(join(root, 'nowhere'), join(allowed, 'link-dangling'))
  await symlink(join(root, 'outside'), join(allowed, 'dir-out'))
  await symlink(allowed, join(root, 'alias'))
  await writeFile(join(allowed, 'most'), 'x'.repeat(64 * 1024))
  await writeFile(join(allowed, 'too-long'), CANARY.padEnd(64 * 1024 + 10, 'x'))
  await writeFile(join(allowed, 'huge'), CANARY)
  await truncate(join(allowed, 'huge'), 1024 ** 4)
  await writeFile(join(allowed, 'empty'), '\n')
  execFileSync('mkfifo', [join(allowed, 'pipe')])
  await new Promise<void>((done) => socket.listen(join(allowed, 'socket'), done))
})

afterAll(async () => {
  vi.unstubAllEnvs()
  await new Promise((done) => socket.close(done))
  await rm(root, { recursive: true })
})

describe('allowed', () => {
  test.each(['secrets/good', 'secrets/link-in', 'exact'])('file %s', async (path) => {
    expect((await list.resolve(`file:${root}/${path}`)).reveal()).toBe(CANARY)
  })

  test('64 KiB', async () => {
    expect((await list.resolve(`file:${allowed}/most`)).reveal()).toHaveLength(64 * 1024)
  })

  test('a variable', async () => {
    vi.stubEnv('APP_SECRET_ERP', `${CANARY}\n`)
    expect((await list.resolve('env:APP_SECRET_ERP')).reveal()).toBe(CANARY)
  })

  test('a folder that the operator names through a link', async () => {
    const alias = createReferenceAllowList({ allow: [`file:${root}/alias/*`] })
    expect((await alias.resolve(`file:${root}/alias/good`)).reveal()).toBe(CANARY)
    await expectFailure(alias.resolve(`file:${root}/alias/link-out`), 'ReferenceRefused')
  })
})

describe('refused, with the rule that it breaks', () => {
  test.each([
    ['file:SECRETS/../other', `'..'`],
    ['file:SECRETS/..', `'..'`],
    ['file:SECRETS/./good', `'..'`],
    ['file:SECRETS/inner/../../other', `'..'`],
    ['file:ROOT/other', 'allow-list'],
    ['file:ROOT/exact2', 'allow-list'],
    ['file:SECRETS//good', 'allow-list'],
    ['file:SECRETS/', 'allow-list'],
    ['file:SECRETS/inner/deep', 'allow-list'],
    ['file:SECRETS/good\0', 'allow-list'],
    ['file:/etc/passwd', 'allow-list'],
    ['env:PATH', 'allow-list'],
    ['env:APP_SECRET_', 'allow-list'],
    ['env:APP_SECRET_A-B', 'allow-list'],
    ['file:SECRETS/dir-out/secret', 'allow-list'],
    ['file:SECRETS/link-out', 'out of its folder'],
    ['file:SECRETS/dir-out', 'out of its folder'],
    ['file:SECRETS/key-link', 'key file'],
    ['file:SECRETS/inner', 'regular file'],
    ['file:SECRETS/pipe', 'regular file'],
    ['file:SECRETS/socket', 'regular file'],
    ['file:SECRETS/too-long', '64 KiB'],
    ['file:SECRETS/huge', '64 KiB'],
    ['file:SECRETS/hard-link-to-key', 'key file'],
    ['file:SECRETS/linked-key', 'key file'],
    ['file:SECRETS/copied-key', 'private key'],
    [CANARY, 'no reference'],
    ['', 'no reference'],
    ['file:relative', 'no reference'],
    ['FILE:SECRETS/good', 'no reference'],
    ['env:', 'no reference'],
    [undefined, 'no reference'],
    [{ length: 1 }, 'no reference'],
  ])('%s', async (given, rule) => {
    const reference =
      typeof given === 'string' ? given.replace('SECRETS', allowed).replace('ROOT', root) : given
    const failure = await expectFailure(list.resolve(reference as string), 'ReferenceRefused')
    expect(failure.message).toContain(rule)
    expect(printed(failure)).not.toContain(pair.privateKey.reveal().split('.')[2])
  })

  test('a private key in a variable', async () => {
    vi.stubEnv('APP_SECRET_KEY', pair.privateKey.reveal())
    const failure = await expectFailure(list.resolve('env:APP_SECRET_KEY'), 'ReferenceRefused')
    expect(failure.message).toContain('private key')
  })
})

test('what is allowed but not there is unresolved and works once it is', async () => {
  const later = `file:${allowed}/later`
  for (const reference of ['env:APP_SECRET_LATER', later, `file:${allowed}/empty`]) {
    const failure = await expectFailure(list.resolve(reference), 'SecretUnresolved')
    expect(failure.message).toContain(reference)
  }
  await writeFile(join(allowed, 'later'), CANARY, { mode: 0o600 })
  await chmod(join(allowed, 'later'), 0o400)
  expect((await list.resolve(later)).reveal()).toBe(CANARY)
})

test('by default TOKENKEEPER_SECRET_* and /run/secrets, nothing else', async () => {
  const byDefault = createReferenceAllowList()
  vi.stubEnv('TOKENKEEPER_SECRET_ERP', CANARY)
  vi.stubEnv('TOKENKEEPER_KEY', CANARY)
  expect((await byDefault.resolve('env:TOKENKEEPER_SECRET_ERP')).reveal()).toBe(CANARY)
  await expectFailure(byDefault.resolve('env:TOKENKEEPER_KEY'), 'ReferenceRefused')
  await expectFailure(byDefault.resolve(`file:${allowed}/good`), 'ReferenceRefused')
  await expectFailure(byDefault.resolve('file:/run/secrets/../../etc/passwd'), 'ReferenceRefused')
  await expectFailure(byDefault.resolve('file:/run/secrets/no-such-secret'), 'SecretUnresolved')
})

test.each(['*', 'env:*', 'env:A*B', 'file:*', 'file:relative/*', 'file:/a/*/b', 'file:/a/../*'])(
  'the pattern %s is refused at start',
  (pattern) => {
    let error: unknown
    try {
      createReferenceAllowList({ allow: [pattern] })
    } catch (reason) {
      error = reason
    }
    expect(error).toBeInstanceOf(TypeError)
    expectNoCanary(printed(error))
  },
)
