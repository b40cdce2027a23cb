import { MockActivityEnvironment } from '@temporalio/testing'
import { expect, test } from 'vitest'
import type { FoundLease } from '../../../activities/keeper/lease-query.js'
import { Keeper } from '../../../activities/keeper/keeper.js'
import type { CurrentLease } from '../../../src/contract/messages.js'
import type { Sealed } from '../../../src/contract/sealed.js'
import { generateKeyPair } from '../../../src/sealing/key-pair.js'
import { createKeyring } from '../../../src/sealing/keyring.js'

const shop = { name: 'shop/acme', ref: { connector: 'shop', account: 'acme' } }

/** An activity of a worker in some namespace: its client sees the token workflows there. */
function activityIn(namespace: string, keeper: Keeper) {
  const now = Date.now()
  const answer: CurrentLease = {
    outcome: 'granted',
    lease: {
      connection: shop.name,
      generation: 1,
      firstExecutionRunId: namespace,
      sealed: `token of ${namespace}` as Sealed,
      issuedAtMs: now,
      expiresAtMs: now + 600_000,
    },
  }
  const client = {
    withDeadline: (_atMs: number, work: () => unknown) => work(),
    withAbortSignal: (_signal: AbortSignal, work: () => unknown) => work(),
    workflow: { getHandle: () => ({ query: () => Promise.resolve(answer) }) },
  }
  const environment = new MockActivityEnvironment({}, { client: client as never })
  return async () => {
    const found: FoundLease = await environment.run(() => keeper.leases.findLease(shop))
    return found.outcome === 'granted' ? found.lease : undefined
  }
}

test('workers of two namespaces share what upstreams told, and neither leases nor search attributes', async () => {
  const { privateKey } = await generateKeyPair()
  let asked = 0
  const keeper = new Keeper({
    connectors: new Map(),
    keyring: await createKeyring([privateKey]),
    listSearchAttributes: () => {
      asked += 1
      return Promise.resolve({})
    },
  })
  const [one, other] = [keeper.forWorker(), keeper.forWorker()]
  const leases = await Promise.all([activityIn('one', one)(), activityIn('other', other)()])
  expect(leases.map((lease) => lease?.sealed)).toEqual(['token of one', 'token of other'])
  await one.searchAttributes()
  await other.searchAttributes()
  expect(asked).toBe(2)
  expect(one.limiters).toBe(other.limiters)
  expect(one.agents).toBe(other.agents)
})
