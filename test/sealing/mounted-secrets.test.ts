import type * as files from 'node:fs/promises'
import { link, mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { generateKeyPair } from '../../src/sealing/key-pair.js'
import { createReferenceAllowList } from '../../src/sealing/reference-allow-list.js'
import { CANARY, expectFailure } from './expect-failure.js'

/** Between the check of a path and its opening: what happens there is what an attacker would do. */
const between = vi.hoisted(() => ({ opening: async () => {}, opened: async () => {} }))
vi.mock('node:fs/promises', async (importOriginal) => {
  const real = await importOriginal<typeof files>()
  const open: typeof real.open = async (...args) => {
    await between.opening()
    const file = await real.open(...args)
    await between.opened()
    return file
  }
  return { ...real, open }
})

const root = await mkdtemp(join(tmpdir(), 'tokenkeeper-mounted-'))
const mount = join(root, 'secrets')
const outside = join(root, 'outside')
const keyFile = join(outside, 'key')
const list = createReferenceAllowList({ allow: [`file:${mount}/*`], keyFiles: [keyFile] })
const read = async (name: string) => (await list.resolve(`file:${mount}/${name}`)).reveal()

/** As the kubelet writes a secret: a folder with a time in its name, `..data` to it, links to `..data/x`. */
async function publish(version: string, content: string): Promise<void> {
  const folder = join(mount, `..2026_11_25_${version}`)
  await mkdir(folder)
  await writeFile(join(folder, 'token'), `${content}\n`)
  await symlink(`..2026_11_25_${version}`, join(mount, '..data_tmp'))
  const old = (await readdir(mount)).filter((name) => name.startsWith('..2026'))
  await rename(join(mount, '..data_tmp'), join(mount, '..data'))
  for (const name of old)
    if (name !== `..2026_11_25_${version}`) await rm(join(mount, name), { recursive: true })
}

beforeAll(async () => {
  await mkdir(mount)
  await mkdir(outside)
  await publish('1', CANARY)
  await symlink('..data/token', join(mount, 'token'))
  const pair = await generateKeyPair()
  await writeFile(keyFile, pair.privateKey.reveal())
  await writeFile(join(outside, 'token'), 'of somebody else')
})
afterEach(() => {
  between.opening = async () => {}
  between.opened = async () => {}
})
afterAll(() => rm(root, { recursive: true }))

describe('a secret that Kubernetes mounts', () => {
  test('is read through its links, also after a change and in the middle of one', async () => {
    expect(await read('token')).toBe(CANARY)
    await publish('2', `${CANARY}-2`)
    expect(await read('token')).toBe(`${CANARY}-2`)
    between.opened = async () => {
      between.opened = async () => {}
      await publish('3', `${CANARY}-3`)
    }
    expect(await read('token')).toBe(`${CANARY}-3`)
    between.opening = async () => {
      between.opening = async () => {}
      await publish('4', `${CANARY}-4`)
    }
    await list.resolve(`file:${mount}/token`).catch(() => undefined)
    expect(await read('token')).toBe(`${CANARY}-4`)
  })
})

describe('a link is refused', () => {
  test.each([
    ['out', () => join(outside, 'token')],
    ['up', () => '../outside/token'],
    ['folder', () => outside],
    ['key', () => keyFile],
    ['sibling', () => `${mount}-2/token`],
    ['proc', () => '/proc/self/environ'],
  ])('that leads %s', async (name, target) => {
    await mkdir(`${mount}-2`, { recursive: true })
    await writeFile(join(`${mount}-2`, 'token'), 'of a folder whose name begins the same')
    await symlink(target(), join(mount, name))
    const failure = await expectFailure(read(name), 'ReferenceRefused')
    expect(failure.message).toContain('leads out of its folder')
  })

  test('that leads to a key file inside the folder', async () => {
    await link(keyFile, join(mount, '..data', 'key-in'))
    await symlink('..data/key-in', join(mount, 'key-link'))
    const failure = await expectFailure(read('key-link'), 'ReferenceRefused')
    expect(failure.message).toContain('key file')
  })

  test('to a folder, and one to nothing is unresolved', async () => {
    await symlink('..data', join(mount, 'folder-in'))
    const failure = await expectFailure(read('folder-in'), 'ReferenceRefused')
    expect(failure.message).toContain('regular file')
    await symlink('..data/none', join(mount, 'dangling'))
    await symlink('circle', join(mount, 'circle'))
    await expectFailure(read('dangling'), 'SecretUnresolved')
    await expectFailure(read('circle'), 'SecretUnresolved')
  })

  test('that took the place of a folder between check and opening, even if it is gone again', async () => {
    const inner = join(mount, 'inner')
    await mkdir(inner)
    await writeFile(join(inner, 'token'), CANARY)
    await symlink('inner/token', join(mount, 'swapped'))
    const aside = join(root, 'aside')
    const swap = async (): Promise<void> => {
      await rename(inner, aside)
      await symlink(outside, inner)
    }
    const back = async (): Promise<void> => {
      await rm(inner)
      await rename(aside, inner)
    }
    // Swapped and left so: the second look sees the link.
    between.opening = async () => {
      between.opening = async () => {}
      await swap()
    }
    await expectFailure(read('swapped'), 'ReferenceRefused')
    await back()
    // Swapped for the opening only, every time.
    between.opening = swap
    between.opened = back
    await expectFailure(read('swapped'), 'SecretUnresolved')
    between.opening = async () => {}
    between.opened = async () => {}
    expect(await read('swapped')).toBe(CANARY)
  })
})
