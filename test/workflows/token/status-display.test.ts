import { type SearchAttributeUpdatePair, TypedSearchAttributes } from '@temporalio/common'
import { expect, it } from 'vitest'
import { UNMEASURED } from '../../../src/contract/measure.js'
import { SEARCH_ATTRIBUTES } from '../../../src/contract/search-attributes.js'
import type { TokenStatus } from '../../../src/contract/token-status.js'
import { StatusDisplay } from '../../../workflows/token/status-display.js'

const T0 = Date.UTC(2026, 10, 30)
const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** What is told of one connection, over the runs of its workflow. */
class Told {
  readonly upserts: Record<string, unknown>[] = []
  #attributes = new TypedSearchAttributes()
  #display = this.#begin()

  continueAsNew(): void {
    this.#display = this.#begin()
  }

  publish(status: TokenStatus, expiresAtMs?: number, isBusy = false): void {
    const counts = { refreshRequests: 0, rejections: 0 }
    const shown = {
      connection: 'shop/acme',
      status,
      expiresAtMs,
      generation: 1,
      counts,
      waiting: 0,
      waitingFlows: [],
    }
    this.#display.publish(
      {
        story: [],
        searchAttributes: Object.keys(SEARCH_ATTRIBUTES),
        status: () => shown as never,
      },
      T0,
      isBusy,
    )
  }

  #begin(): StatusDisplay {
    return new StatusDisplay({
      measure: UNMEASURED,
      display: {
        details: () => undefined,
        log: () => undefined,
        told: () => this.#attributes,
        searchAttributes: (pairs: SearchAttributeUpdatePair[]) => {
          this.#attributes = this.#attributes.updateCopy(pairs)
          this.upserts.push(Object.fromEntries(pairs.map(({ key, value }) => [key.name, value])))
        },
      },
    })
  }
}

it('tells a connection once it is connected, with one command', () => {
  const told = new Told()
  told.publish('pending', undefined, true)
  told.publish('active', T0 + HOUR)
  expect(told.upserts).toEqual([
    {
      TokenkeeperConnector: 'shop',
      TokenkeeperStatus: 'active',
      TokenkeeperExpiresAt: new Date(T0 + HOUR),
    },
  ])
})

it('tells one that waits for a person as pending', () => {
  const told = new Told()
  told.publish('pending')
  expect(told.upserts).toEqual([{ TokenkeeperConnector: 'shop', TokenkeeperStatus: 'pending' }])
})

it.each([
  ['an hour', 45 * MINUTE, 3],
  ['thirty days', 22 * 24 * HOUR, 4],
] as const)('a token of %s is told once a day at most, and never too late', (_, everyMs, days) => {
  const told = new Told()
  const refreshes = Math.floor((days * 24 * HOUR) / everyMs)
  let last = 0
  for (let refresh = 0; refresh <= Math.max(refreshes, 3); refresh += 1) {
    const ends = T0 + refresh * everyMs + HOUR
    told.publish('active', ends)
    if (refresh % 20 === 19) told.continueAsNew()
    last = Number((told.upserts.at(-1)?.['TokenkeeperExpiresAt'] as Date | undefined) ?? last)
    expect(last).toBeLessThanOrEqual(ends)
    expect(last).toBeGreaterThan(ends - 24 * HOUR)
  }
  expect(told.upserts).toHaveLength(4)
})

it('tells an end that came nearer, and one that is gone', () => {
  const told = new Told()
  told.publish('active', T0 + 30 * 24 * HOUR)
  told.publish('active', T0 + HOUR)
  told.publish('active')
  expect(told.upserts.slice(1)).toEqual([
    { TokenkeeperExpiresAt: new Date(T0 + HOUR) },
    { TokenkeeperExpiresAt: null },
  ])
})

it('tells the end itself where the state changes, and while tokens are not renewed', () => {
  const told = new Told()
  told.publish('active', T0 + HOUR)
  told.publish('active', T0 + 2 * HOUR)
  told.publish('degraded', T0 + 2 * HOUR)
  told.publish('degraded', T0 + 3 * HOUR)
  told.publish('degraded', T0 + 3 * HOUR)
  told.publish('active', T0 + 4 * HOUR)
  const [, ...later] = told.upserts
  expect(later).toEqual([
    { TokenkeeperStatus: 'degraded', TokenkeeperExpiresAt: new Date(T0 + 2 * HOUR) },
    { TokenkeeperExpiresAt: new Date(T0 + 3 * HOUR) },
    { TokenkeeperStatus: 'active', TokenkeeperExpiresAt: new Date(T0 + 4 * HOUR) },
  ])
})
