import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkKeyFile } from '../../src/worker/prepare-keeper.js'

let root = ''
let own = ''
let mounted = ''
let target = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tokenkeeper-key-'))
  own = join(root, 'key')
  await writeFile(own, 'k')
  // As the kubelet writes a secret.
  await mkdir(join(root, '..2026_11_29_21_00'))
  target = join(root, '..2026_11_29_21_00', 'mounted')
  await writeFile(target, 'k')
  await symlink('..2026_11_29_21_00', join(root, '..data'))
  mounted = join(root, 'mounted')
  await symlink('..data/mounted', mounted)
})
afterAll(() => rm(root, { recursive: true }))

async function warnings(path: string, access: 'warn' | 'owner-only'): Promise<string[]> {
  const lines: string[] = []
  await checkKeyFile(path, { access, log: (_event, line) => void lines.push(line) })
  return lines
}

test.each([0o644, 0o640, 0o604, 0o660, 0o620, 0o602, 0o777])(
  'a key file of mode %i that others can reach is told, or refused on request',
  async (mode) => {
    await chmod(own, mode)
    const [line, ...others] = await warnings(own, 'warn')
    expect(line).toMatch(`secret('file:${own}') has the mode 0${mode.toString(8)}`)
    expect(line).toMatch('chmod 600')
    expect(others).toEqual([])
    await expect(warnings(own, 'owner-only')).rejects.toThrow(/keyFileAccess is 'owner-only'/)
  },
)

test.each([0o600, 0o400])('a key file of mode %i is its owner’s', async (mode) => {
  await chmod(own, mode)
  expect(await warnings(own, 'warn')).toEqual([])
  expect(await warnings(own, 'owner-only')).toEqual([])
})

test('what Kubernetes mounts is told with its own remedy and never refused', async () => {
  for (const mode of [0o644, 0o444]) {
    await chmod(target, mode)
    for (const access of ['warn', 'owner-only'] as const)
      expect(await warnings(mounted, access)).toEqual([
        expect.stringMatching(/defaultMode: 0400/) as string,
      ])
  }
  // With fsGroup the kubelet makes 0440 of 0400.
  for (const mode of [0o400, 0o440]) {
    await chmod(target, mode)
    expect(await warnings(mounted, 'owner-only')).toEqual([])
  }
})

test('a file that is not there is told by its reader', async () => {
  expect(await warnings(join(root, 'missing'), 'owner-only')).toEqual([])
})
