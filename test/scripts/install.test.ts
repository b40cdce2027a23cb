import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { whyInstall } from '../../scripts/install.mjs'

const one = { 'node_modules/one': { version: '1.0.0', integrity: 'sha512-a' } }
let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tokenkeeper-install-'))
  onTestFinished(() => {
    rmSync(root, { recursive: true })
  })
})

test('no node_modules, or one whose installation was interrupted, has to be installed', () => {
  lock({ '': {}, ...one })
  expect(whyInstall(root)).toMatch('missing')
  mkdirSync(join(root, 'node_modules', 'one'), { recursive: true })
  expect(whyInstall(root)).toMatch('incomplete')
})

test('what the lock file says is installed: nothing to do, even when git gave the lock a new time', () => {
  lock({ '': {}, ...one })
  installed(one)
  expect(whyInstall(root)).toBeUndefined()
  utimesSync(join(root, 'package-lock.json'), 4e9, 4e9)
  expect(whyInstall(root)).toBeUndefined()
})

test.each([
  ['another version', { 'node_modules/one': { version: '1.0.1', integrity: 'sha512-a' } }],
  ['another integrity', { 'node_modules/one': { version: '1.0.0', integrity: 'sha512-b' } }],
  ['one more', { ...one, 'node_modules/two': { version: '2.0.0', integrity: 'sha512-c' } }],
  ['one less', {}],
])('a lock file with %s has to be installed', (_, packages) => {
  lock({ '': {}, ...packages })
  installed(one)
  expect(whyInstall(root)).toMatch('older than the lock file')
})

test('a package that is only for other systems need not be there', () => {
  lock({ '': {}, ...one, 'node_modules/mac-only': { version: '1.0.0', optional: true } })
  installed(one)
  expect(whyInstall(root)).toBeUndefined()
})

function lock(packages: object): void {
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages }))
}

function installed(packages: object): void {
  mkdirSync(join(root, 'node_modules'), { recursive: true })
  writeFileSync(join(root, 'node_modules', '.package-lock.json'), JSON.stringify({ packages }))
}
