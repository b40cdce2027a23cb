import { TypedSearchAttributes } from '@temporalio/common'
import { expect, it, vi } from 'vitest'
import { searchAttributeKey } from '../../src/contract/search-attributes.js'
import type { TokenStatus } from '../../src/contract/token-status.js'
import { measureFleet } from '../../src/worker/fleet-metrics.js'

const MINUTE = 60_000

function execution(account: string, status: TokenStatus, endsInMs: number) {
  const ends = new Date(Date.now() + endsInMs)
  const typedSearchAttributes = new TypedSearchAttributes([
    { key: searchAttributeKey('TokenkeeperStatus'), value: status },
    { key: searchAttributeKey('TokenkeeperExpiresAt'), value: ends },
  ])
  return { workflowId: `token:shop:${account}`, typedSearchAttributes }
}

/** The last value of the gauge of expiries, after one count of these connections. */
async function expiryOf(executions: readonly object[]): Promise<number | undefined> {
  const stopping = new AbortController()
  const gauges = new Map<string, number>()
  const list = async function* ({ query }: { readonly query: string }) {
    await Promise.resolve()
    if (query.includes('tokenWorkflow')) yield* executions
    else stopping.abort()
  }
  await measureFleet({
    client: { workflow: { list } } as never,
    taskQueue: 'tokenkeeper',
    measure: (name, value) => gauges.set(name, value),
    everyMs: 1,
    tags: [],
    signal: stopping.signal,
  })
  return gauges.get('tokenkeeper.token.expiry')
}

it('tells when the first token ends of those that could not be renewed', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  // What visibility has of a healthy one may be past: its token has been renewed since.
  const healthy = [execution('a', 'active', -MINUTE), execution('b', 'paused', MINUTE)]
  expect(await expiryOf(healthy)).toBe(Infinity)
  const failing = [execution('c', 'degraded', 3 * MINUTE), execution('d', 'degraded', 2 * MINUTE)]
  expect(await expiryOf([...healthy, ...failing])).toBe(120)
  expect(await expiryOf([...failing, execution('e', 'degraded', -MINUTE)])).toBe(0)
  vi.useRealTimers()
})
