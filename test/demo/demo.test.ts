import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Tally } from '../../demo/tally.js'
import { type DemoRun, processesWith, runDemo } from './run-demo.js'

let folder: string
let run: DemoRun | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'demo-test-'))
})
afterEach(async () => {
  run?.child.kill('SIGTERM')
  await run?.ended
  rmSync(folder, { recursive: true, force: true })
})

test(
  'the demo keeps every promise and counts it as the last line',
  { timeout: 600_000 },
  async () => {
    run = runDemo(['--json', '--no-wait'], folder)
    const { code, output } = await run.ended
    expect(code, output).toBe(0)
    const tally = JSON.parse(output.trimEnd().split('\n').at(-1) ?? '') as Tally
    expect(Object.keys(tally)).toEqual([
      'ordersAtShop',
      'ordersAtErp',
      'lost',
      'appliedTwice',
      'receivedTwice',
      'generations',
      'minTokensPerFlow',
      'refreshRequests',
      'maxRefreshesPerGeneration',
      'familiesRevoked',
      'rejections',
      'leases',
      'parked',
      'resumed',
      'replayed',
      'waitedSeconds',
      'callsOverLimit',
      'seconds',
    ])
    expect(tally).toMatchObject({
      lost: 0,
      appliedTwice: 0,
      maxRefreshesPerGeneration: 1,
      familiesRevoked: 0,
      ordersAtErp: tally.ordersAtShop,
      parked: 3,
      resumed: 2,
      replayed: 1,
      // One of them told that the grant is dead.
      refreshRequests: tally.generations + 1,
    })
    expect(tally.waitedSeconds).toBeGreaterThan(0)
    expect(tally.ordersAtShop).toBeGreaterThanOrEqual(3000)
    expect(tally.generations).toBeGreaterThanOrEqual(5)
    expect(tally.minTokensPerFlow).toBeGreaterThanOrEqual(3)
    expect(tally.rejections).toBeGreaterThanOrEqual(1)
    // The keeper is killed with a write in the air: without recognition it would be applied twice.
    expect(tally.receivedTwice).toBeGreaterThanOrEqual(1)
    for (const step of ['1 ·', '2 ·', '3 ·', '4 ·', '5 ·', '6 ·', '7 ·', '8 ·', '9 ·'])
      expect(output).toContain(step)
    expect(processesWith(folder)).toEqual([])
    // tsx keeps its compile cache there.
    expect(readdirSync(folder).filter((name) => name.startsWith('tokenkeeper'))).toEqual([])
  },
)

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s in the middle of the syncs ends every process',
  { timeout: 240_000 },
  async (signal) => {
    run = runDemo([], folder)
    await expect.poll(() => run?.output(), { timeout: 120_000 }).toContain('2 ·')
    // The demo itself, Temporal, two workers; their own children may be more.
    expect(processesWith(folder).length).toBeGreaterThanOrEqual(4)
    run.child.kill(signal)
    const { code, output } = await run.ended
    expect(code, output).toBe(130)
    await expect.poll(() => processesWith(folder), { timeout: 20_000 }).toEqual([])
    expect(output).not.toContain('failed')
  },
)

test(
  'an interrupt while things are starting ends every process',
  { timeout: 240_000 },
  async () => {
    run = runDemo([], folder)
    await expect.poll(() => processesWith(folder).length, { timeout: 120_000 }).toBeGreaterThan(2)
    run.child.kill('SIGINT')
    expect((await run.ended).code).toBe(130)
    await expect.poll(() => processesWith(folder), { timeout: 20_000 }).toEqual([])
  },
)
