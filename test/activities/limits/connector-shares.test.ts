import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { ConnectorShares } from '../../../activities/limits/connector-shares.js'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** Work at connectors, each piece of which ends when it is told to. */
class Site {
  readonly #shares: ConnectorShares
  readonly #ends: { readonly connector: string; readonly end: () => void }[] = []
  readonly away: string[] = []

  constructor(slots: number, shareOf: (left: number) => number = (left) => left / 2) {
    this.#shares = new ConnectorShares(slots, shareOf, () => Date.now())
  }

  async start(connector: string, times = 1): Promise<void> {
    for (let time = 0; time < times; time += 1)
      void this.#shares
        .within(connector, async () => {
          await new Promise<void>((resolve) => this.#ends.push({ connector, end: resolve }))
          return 'done'
        })
        .then((result) => {
          if (result === undefined) this.away.push(connector)
        })
    await vi.advanceTimersByTimeAsync(0)
  }

  async end(connector: string): Promise<void> {
    const index = this.#ends.findIndex((one) => one.connector === connector)
    this.#ends.splice(index, 1)[0]?.end()
    await vi.advanceTimersByTimeAsync(0)
  }

  running(connector: string): number {
    return this.#ends.filter((one) => one.connector === connector).length
  }
}

it('one takes half, the next one half of what is left, and there is a place for everybody', async () => {
  const site = new Site(8)
  for (const connector of ['a', 'b', 'c', 'd']) await site.start(connector, 20)
  expect(['a', 'b', 'c', 'd'].map((one) => site.running(one))).toEqual([4, 2, 1, 1])
})

it('who has no place waits where its connector is quick', async () => {
  const site = new Site(4)
  await site.start('a', 4)
  await vi.advanceTimersByTimeAsync(900)
  await site.end('a')
  expect(site.running('a')).toBe(2)
  await vi.advanceTimersByTimeAsync(900)
  expect(site.away).toEqual([])
})

it('where it hangs, those that wait are sent away, and those that come then at once', async () => {
  const site = new Site(4)
  await site.start('a', 3)
  await vi.advanceTimersByTimeAsync(1000)
  expect(site.away).toHaveLength(1)
  await site.start('a')
  expect(site.away).toHaveLength(2)
  await site.start('b')
  expect(site.running('b')).toBe(1)
  await site.end('b')
  await site.end('a')
  await site.start('a', 2)
  expect(site.running('a')).toBe(2)
  // What has timed out does not show that the next one is quicker.
  expect(site.away).toHaveLength(3)
  await vi.advanceTimersByTimeAsync(1000)
  await site.end('a')
  await site.end('a')
  await site.start('a', 3)
  expect(site.away).toHaveLength(4)
})

it('nobody waits for long, however it moves', async () => {
  const site = new Site(4)
  await site.start('a', 12)
  for (let look = 0; look < 16; look += 1) {
    await vi.advanceTimersByTimeAsync(450)
    await site.end('a')
  }
  expect(site.away.length).toBeGreaterThan(0)
  expect(site.running('a')).toBeLessThanOrEqual(2)
})

it('a place that another connector gives back is taken by those that wait', async () => {
  const site = new Site(8)
  await site.start('a', 4)
  await site.start('b', 4)
  expect(site.running('b')).toBe(2)
  await site.end('a')
  await site.end('a')
  expect(site.running('b')).toBe(3)
})

it('work that fails gives its place back', async () => {
  const shares = new ConnectorShares(2, (left) => left / 2)
  const failing = shares.within('a', () => Promise.reject(new Error('broken')))
  await expect(failing).rejects.toThrow('broken')
  expect(await shares.within('a', () => Promise.resolve('done'))).toBe('done')
})

it('a share that is a number of slots holds whatever the others leave', async () => {
  const site = new Site(4, () => 3)
  await site.start('a', 4)
  await site.start('b', 4)
  expect([site.running('a'), site.running('b')]).toEqual([3, 3])
})
