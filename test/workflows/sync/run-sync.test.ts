import { expect, test } from 'vitest'
import type { Lease } from '../../../src/contract/lease.js'
import type { SyncCheckpoint } from '../../../src/contract/sync.js'
import type { SyncSliceResult } from '../../../src/contract/sync-slice.js'
import type { LeaseSource } from '../../../workflows/flow/lease-source.js'
import { runSync } from '../../../workflows/sync/run-sync.js'

/** A connection that is refreshed after each refusal: there is always a newer generation. */
function refreshing(connection: string): LeaseSource & { generation: number } {
  const source = {
    connection,
    generation: 1,
    held: () => ({ connection, generation: source.generation, issuedAtMs: Date.now() }) as Lease,
    lease: () => Promise.resolve(source.held()),
    saw: () => undefined,
    replace: () => {
      source.generation += 1
      return source.lease()
    },
    drop: () => undefined,
  }
  return source
}

/** Runs an engine whose sink refuses each slice, though some of its requests had passed. */
function refused(placeOf: (slice: number) => SyncCheckpoint, ends: number) {
  const [from, to] = [refreshing('shop/acme'), refreshing('erp/default')]
  let slices = 0
  const task = {
    from: { connection: from.connection, endpoint: 'orders.list' },
    to: { connection: to.connection, endpoint: 'orders.looked' },
    lineage: 'l',
    leases: {},
    state: { checkpoint: placeOf(0), waits: [] },
  }
  const end = runSync(task, {
    from,
    to,
    together: (ask) => Promise.all(ask()),
    slice: (): Promise<SyncSliceResult> => {
      slices += 1
      const checkpoint = placeOf(slices)
      if (slices === ends) return Promise.resolve({ outcome: 'done', checkpoint })
      const { connection, generation } = to
      const endpoint = 'orders.looked'
      const refusal = { connection, generation, status: 401, endpoint, accepted: 2 }
      return Promise.resolve({ outcome: 'rejected', ...refusal, checkpoint })
    },
    sleep: () => Promise.resolve(),
    moved: () => undefined,
    maxRefusals: 5,
    isLong: () => false,
  })
  return { end, slices: () => slices }
}

const place = (read: number) => ({ counters: { pages: 0, read, written: read } })

test('an endpoint that refuses every generation ends a sync, though look-ups pass each time', async () => {
  const { end, slices } = refused(() => place(0), 50)
  await expect(end).rejects.toMatchObject({ type: 'FreshTokenRejected' })
  expect(slices()).toBe(6)
})

test('one that is refused again and again and yet moves inside its page goes on', async () => {
  const { end } = refused(place, 50)
  expect(await end).toBe('done')
})

test('a generation that was there before the older one was refused is no fresh one', async () => {
  const from = refreshing('shop/acme')
  const refusedOf: number[] = []
  // Generation 2 was got while generation 1 was still in use; both died with their grant.
  const issuedAtMs = [0, 0, 0, Date.now() + 60_000]
  const end = await runSync(
    {
      from: { connection: from.connection, endpoint: 'orders.list' },
      to: { sink: 'writeOrders' },
      lineage: 'l',
      leases: {},
      state: { checkpoint: place(0), waits: [] },
    },
    {
      from: {
        ...from,
        held: () => {
          const lease = from.held() as Lease
          return { ...lease, issuedAtMs: issuedAtMs[lease.generation] ?? 0 }
        },
        replace: (...all) => from.replace(...all),
      },
      together: (ask) => Promise.all(ask()),
      slice: ({ fromLease }): Promise<SyncSliceResult> => {
        const checkpoint = place(0)
        const { connection, generation } = fromLease as Lease
        if (generation === 3) return Promise.resolve({ outcome: 'done', checkpoint })
        refusedOf.push(generation)
        const refusal = {
          connection,
          generation,
          status: 401,
          endpoint: 'orders.list',
          accepted: 0,
        }
        return Promise.resolve({ outcome: 'rejected', ...refusal, checkpoint })
      },
      sleep: () => Promise.resolve(),
      moved: () => undefined,
      maxRefusals: 5,
      isLong: () => false,
    },
  )
  expect(end).toBe('done')
  expect(refusedOf).toEqual([1, 2])
})

test('leases that have ended whenever they come are not asked for without a pause', async () => {
  const from = refreshing('shop/acme')
  const pauses: string[] = []
  let slices = 0
  const end = await runSync(
    {
      from: { connection: from.connection, endpoint: 'orders.list' },
      to: { sink: 'writeOrders' },
      lineage: 'l',
      leases: {},
      state: { checkpoint: place(0), waits: [] },
    },
    {
      from,
      together: (ask) => Promise.all(ask()),
      slice: (): Promise<SyncSliceResult> => {
        slices += 1
        const checkpoint = place(0)
        if (slices === 8) return Promise.resolve({ outcome: 'done', checkpoint })
        return Promise.resolve({ outcome: 'lease', connections: [from.connection], checkpoint })
      },
      sleep: (_ms, { message = '' }) => {
        pauses.push(message)
        return Promise.resolve()
      },
      moved: () => undefined,
      maxRefusals: 5,
      isLong: () => false,
    },
  )
  expect(end).toBe('done')
  expect(pauses).toHaveLength(2)
  expect(pauses[0]).toContain('clock of the keeper worker')
})
