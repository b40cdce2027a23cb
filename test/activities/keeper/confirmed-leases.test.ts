import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  type FindOptions,
  LeaseExpired,
  QueriedLeases,
} from '../../../activities/keeper/confirmed-leases.js'
import type { Lease } from '../../../src/contract/lease.js'
import type { CurrentLease, LeaseRequest } from '../../../src/contract/messages.js'
import type { Sealed } from '../../../src/contract/sealed.js'
import type { TokenStatus } from '../../../src/contract/token-status.js'

const T0 = 1_800_000_000_000
const MINUTE = 60_000
const resolved = { name: 'a/x', ref: { connector: 'a', account: 'x' } }

function leaseOf(
  generation: number,
  endsAtMs = T0 + 10 * MINUTE,
  more: Partial<Lease> = {},
): Lease {
  const sealed = `token-${String(generation)}` as Sealed
  const base = {
    connection: 'a/x',
    generation,
    firstExecutionRunId: 'first',
    sealed,
    issuedAtMs: T0,
  }
  return { ...base, expiresAtMs: endsAtMs, ...more }
}

const granted = (lease: Lease): CurrentLease => ({ outcome: 'granted', lease })
const unavailable = (status: TokenStatus): CurrentLease => {
  return { outcome: 'unavailable', status, generation: 1, message: `a/x is ${status}` }
}

function gone(): Error {
  return Object.assign(new Error('not found'), { name: 'WorkflowNotFoundError' })
}

/** The edge is Temporal's own client. */
function world(first: CurrentLease | Error) {
  const at = {
    nowMs: T0,
    answer: first,
    answersAfterMs: 0,
    asked: [] as string[],
    told: [] as LeaseRequest[],
  }
  const client = {
    withDeadline: (_atMs: number, work: () => unknown) => work(),
    workflow: {
      getHandle: (id: string) => ({
        query: async (name: string) => {
          at.asked.push(`${id} ${name}`)
          const { answer, answersAfterMs } = at
          if (answersAfterMs > 0) await new Promise((go) => setTimeout(go, answersAfterMs))
          if (answer instanceof Error) throw answer
          return answer
        },
        signal: (_name: string, request: LeaseRequest) => {
          at.told.push(request)
          return Promise.resolve()
        },
      }),
    },
  }
  const leases = new QueriedLeases({
    client: () => client as never,
    now: () => at.nowMs,
  })
  return {
    at,
    confirm: (lease: Lease) => leases.confirmLease(resolved, lease),
    find: (options: FindOptions = {}) => leases.findLease(resolved, options),
    leases,
  }
}

afterEach(() => {
  vi.useRealTimers()
})

describe('a lease that a flow hands in', () => {
  test('is asked for once, and believed up to the end that its token workflow says', async () => {
    const { at, confirm } = world(granted(leaseOf(1)))
    await expect(confirm(leaseOf(1))).resolves.toEqual(leaseOf(1))
    await expect(confirm(leaseOf(1, T0 + MINUTE))).resolves.toEqual(leaseOf(1, T0 + MINUTE))
    await Promise.all(Array.from({ length: 20 }, () => confirm(leaseOf(1))))
    expect(at.asked).toEqual(['token:a:x tokenkeeper.current-lease'])
  })

  test('concurrent activities share a query', async () => {
    const { at, confirm } = world(granted(leaseOf(1)))
    await Promise.all(Array.from({ length: 20 }, () => confirm(leaseOf(1))))
    expect(at.asked).toHaveLength(1)
  })

  test.each([
    ['its end', { expiresAtMs: T0 + 3e11 }, { expiresAtMs: T0 + 10 * MINUTE }],
    ['when it was issued', { issuedAtMs: T0 + 3e11 }, {}],
    ['when its token ends', { tokenExpiresAtMs: T0 + 3e11 }, {}],
    ['its kind', { kind: 'none' }, {}],
  ])('with %s changed is what the token workflow says', async (_what, change, right) => {
    const { confirm } = world(granted(leaseOf(1)))
    await expect(confirm({ ...leaseOf(1), ...change })).resolves.toEqual({
      ...leaseOf(1),
      ...right,
    })
  })

  test.each([
    ['generation', { generation: 2 }],
    ['first execution run id', { firstExecutionRunId: 'another' }],
    ['sealed value', { sealed: 'token-0' as Sealed }],
    ['older sealed value under the generation of now', { sealed: 'token-3' as Sealed }],
  ])('with another %s is none', async (_what, change) => {
    const { confirm } = world(granted(leaseOf(1)))
    await expect(confirm({ ...leaseOf(1), ...change })).rejects.toBeInstanceOf(LeaseExpired)
  })

  test('after a revoke its changed end makes the token workflow be asked, which denies it', async () => {
    const { at, confirm } = world(granted(leaseOf(1)))
    await confirm(leaseOf(1))
    at.answer = unavailable('revoked')
    const kept = leaseOf(1, T0 + 3e11)
    await expect(confirm(kept)).rejects.toMatchObject({ type: 'ConnectionRevoked' })
    at.nowMs = T0 + 10 * MINUTE
    await expect(confirm(leaseOf(1, T0 + 11 * MINUTE))).rejects.toMatchObject({
      type: 'ConnectionRevoked',
    })
  })

  test.each<TokenStatus>(['paused', 'needs_reauth', 'rejected', 'active'])(
    'of a connection that is %s and serves none makes the flow ask again',
    async (status) => {
      const { confirm } = world(unavailable(status))
      await expect(confirm(leaseOf(1))).rejects.toBeInstanceOf(LeaseExpired)
    },
  )

  test('of an older generation is used up where this worker has heard of it', async () => {
    const { at, confirm } = world(granted(leaseOf(1)))
    await confirm(leaseOf(1))
    at.answer = granted(leaseOf(2, T0 + 15 * MINUTE))
    await expect(confirm(leaseOf(2, T0 + 15 * MINUTE))).resolves.toMatchObject({ generation: 2 })
    await expect(confirm(leaseOf(1, T0 + 60 * MINUTE))).resolves.toEqual(leaseOf(1))
    at.nowMs = T0 + 10 * MINUTE
    await expect(confirm(leaseOf(1))).rejects.toBeInstanceOf(LeaseExpired)
  })

  test('that was given out later is asked for again when the known end comes near', async () => {
    const { at, confirm } = world(granted(leaseOf(1)))
    await confirm(leaseOf(1))
    at.nowMs = T0 + 6 * MINUTE
    at.answer = granted(leaseOf(1, T0 + 16 * MINUTE))
    await expect(confirm(leaseOf(1, T0 + 16 * MINUTE))).resolves.toMatchObject({
      expiresAtMs: T0 + 16 * MINUTE,
    })
    expect(at.asked).toHaveLength(2)
  })

  test('without a token workflow is none; where nobody answers it is tried again', async () => {
    await expect(world(gone()).confirm(leaseOf(1))).rejects.toBeInstanceOf(LeaseExpired)
    await expect(world(new Error('deadline')).confirm(leaseOf(1))).rejects.toMatchObject({
      type: 'UpstreamUnavailable',
      nonRetryable: false,
    })
  })
})

describe('a lease that an activity looks for', () => {
  test('is asked for once, remembered until it ends, and confirmed without another query', async () => {
    const { at, confirm, find } = world(granted(leaseOf(3)))
    const found = { outcome: 'granted', lease: leaseOf(3) }
    expect(await Promise.all(Array.from({ length: 50 }, () => find()))).toEqual(
      Array.from({ length: 50 }, () => found),
    )
    await expect(find()).resolves.toEqual(found)
    await expect(confirm(leaseOf(3))).resolves.toEqual(leaseOf(3))
    expect(at.asked).toHaveLength(1)
    at.nowMs = T0 + 10 * MINUTE
    at.answer = granted(leaseOf(3, T0 + 20 * MINUTE))
    await expect(find()).resolves.toMatchObject({ lease: { expiresAtMs: T0 + 20 * MINUTE } })
    expect(at.asked).toHaveLength(2)
  })

  test.each<[string, CurrentLease | Error, object]>([
    ['is paused', unavailable('paused'), { why: 'a/x is paused', status: 'paused' }],
    ['is revoked', unavailable('revoked'), { why: 'a/x is revoked', status: 'revoked' }],
    ['does not answer', new Error('no poller'), { why: /has not answered/ }],
    ['is not there', gone(), { why: /not connected yet/, status: 'missing' }],
    ['grants what has ended', granted(leaseOf(1, T0)), { why: /has ended/ }],
  ])(
    'there is none where its token workflow %s, and the worker says why',
    async (_why, answer, needed) => {
      const { find } = world(answer)
      const { why, ...rest } = needed as { readonly why: string | RegExp }
      await expect(find()).resolves.toMatchObject({
        outcome: 'needed',
        why: typeof why === 'string' ? why : (expect.stringMatching(why) as unknown),
        ...rest,
      })
    },
  )

  test('a pause is known once anybody asks, and until the lease ends at the latest', async () => {
    const { at, confirm, find } = world(granted(leaseOf(1)))
    await find()
    at.answer = unavailable('paused')
    await expect(find()).resolves.toMatchObject({ outcome: 'granted' })
    await expect(confirm(leaseOf(2))).rejects.toBeInstanceOf(LeaseExpired)
    await expect(find()).resolves.toMatchObject({ outcome: 'needed', status: 'paused' })
    at.answer = granted(leaseOf(1))
    await find()
    at.answer = unavailable('paused')
    at.nowMs = T0 + 10 * MINUTE - 1
    await expect(find()).resolves.toMatchObject({ outcome: 'granted' })
    at.nowMs = T0 + 10 * MINUTE
    await expect(find()).resolves.toMatchObject({ outcome: 'needed', status: 'paused' })
  })

  test('one of a refused generation is none, until it has been given out for a second more', async () => {
    const { at, find, leases } = world(granted(leaseOf(1)))
    await find()
    const refused = { generation: 1, firstExecutionRunId: 'first' }
    expect(leases.refuse('a/x', refused)).toBe(true)
    expect(leases.refuse('a/x', refused)).toBe(false)
    await expect(find()).resolves.toMatchObject({ outcome: 'needed', why: /just refused/ })
    at.nowMs = T0 + 1000
    await expect(find()).resolves.toMatchObject({ outcome: 'granted' })
    expect(leases.refuse('a/x', refused)).toBe(true)
    at.answer = granted(leaseOf(2))
    await expect(find()).resolves.toMatchObject({ lease: { generation: 2 } })
    // A report of the older one comes late: it takes nothing away.
    expect(leases.refuse('a/x', refused)).toBe(false)
    at.answer = unavailable('paused')
    await expect(find()).resolves.toMatchObject({ lease: { generation: 2 } })
    // Another token workflow counts anew.
    expect(leases.refuse('a/x', { generation: 2, firstExecutionRunId: 'first' })).toBe(true)
    at.answer = granted(leaseOf(1, undefined, { firstExecutionRunId: 'another' }))
    await expect(find()).resolves.toMatchObject({ lease: { firstExecutionRunId: 'another' } })
  })

  test('an older generation than was seen here, or by the flow, is none: the flow has to say so', async () => {
    const { at, find } = world(granted(leaseOf(5)))
    await find()
    at.nowMs = T0 + 10 * MINUTE
    at.answer = granted(leaseOf(4, T0 + 20 * MINUTE))
    const known = { generation: 5, firstExecutionRunId: 'first' }
    await expect(find()).resolves.toMatchObject({ outcome: 'needed', known })
    const fresh = world(granted(leaseOf(4)))
    await expect(fresh.find({ known })).resolves.toMatchObject({ outcome: 'needed', known })
    const other = { ...known, firstExecutionRunId: 'terminated' }
    await expect(fresh.find({ known: other })).resolves.toMatchObject({ outcome: 'granted' })
    // What a flow claims is believed for that flow alone.
    await expect(fresh.find()).resolves.toMatchObject({ outcome: 'granted' })
  })

  test('one that ends sooner than is wanted is asked for anew', async () => {
    const { at, find } = world(granted(leaseOf(1, T0 + MINUTE)))
    await find()
    at.answer = granted(leaseOf(1))
    await expect(find({ atLeastMs: MINUTE - 1 })).resolves.toMatchObject({
      lease: { expiresAtMs: T0 + MINUTE },
    })
    await expect(find({ atLeastMs: MINUTE })).resolves.toMatchObject({
      lease: { expiresAtMs: T0 + 10 * MINUTE },
    })
  })

  test('the use of a token that no timer refreshes is told once, when its token workflow wants to hear it', async () => {
    const lease = leaseOf(1)
    const { at, find } = world({ outcome: 'granted', lease, tellUseFromMs: T0 + MINUTE })
    await find()
    expect(at.told).toEqual([])
    at.nowMs = T0 + MINUTE
    await Promise.all([find(), find(), find()])
    const known = { knownGeneration: 1, knownFirstExecutionRunId: 'first' }
    expect(at.told).toMatchObject([{ replyTo: '', minValidityMs: 0, ...known }])
    expect(at.asked).toHaveLength(1)
  })

  test('and again for the same token, when it wants to hear it again', async () => {
    const lease = leaseOf(1, T0 + 60 * MINUTE)
    const { at, find } = world({ outcome: 'granted', lease, tellUseFromMs: T0 })
    await Promise.all([find(), find()])
    expect(at.told).toHaveLength(1)
    at.answer = {
      outcome: 'granted',
      lease: leaseOf(1, T0 + 120 * MINUTE),
      tellUseFromMs: T0 + 60 * MINUTE,
    }
    at.nowMs = T0 + 60 * MINUTE
    await Promise.all([find(), find()])
    expect(at.told).toHaveLength(2)
  })
})

describe('work that finds an active connection without a token', () => {
  const awaitsRefresh = true
  beforeEach(() => vi.useFakeTimers())

  test('tells it once that somebody waits, and goes on with the token that comes', async () => {
    const { at, find } = world(unavailable('active'))
    const found = Promise.all(Array.from({ length: 50 }, () => find({ awaitsRefresh })))
    await vi.advanceTimersByTimeAsync(400)
    at.answer = granted(leaseOf(2))
    await vi.advanceTimersByTimeAsync(150)
    expect(await found).toEqual(
      Array.from({ length: 50 }, () => ({ outcome: 'granted', lease: leaseOf(2) })),
    )
    expect(at.told).toMatchObject([{ replyTo: '', minValidityMs: 0 }])
    expect(at.asked).toHaveLength(4)
  })

  test('waits no less where its token workflow was slow to answer, as after an outage', async () => {
    const { at, find } = world(unavailable('active'))
    at.answersAfterMs = 2500
    const found = find({ awaitsRefresh })
    await vi.advanceTimersByTimeAsync(2500)
    at.answersAfterMs = 0
    await vi.advanceTimersByTimeAsync(1000)
    at.answer = granted(leaseOf(2))
    await vi.advanceTimersByTimeAsync(150)
    await expect(found).resolves.toMatchObject({ outcome: 'granted' })
  })

  test('ends with a reason as soon as a person is needed', async () => {
    const { at, find } = world(unavailable('active'))
    const found = find({ awaitsRefresh })
    at.answer = unavailable('needs_reauth')
    await vi.advanceTimersByTimeAsync(150)
    await expect(found).resolves.toMatchObject({ outcome: 'needed', status: 'needs_reauth' })
  })

  test('gives its slot back after two seconds, and holds none while the endpoint is slow', async () => {
    const { at, find } = world(unavailable('active'))
    const startedAtMs = performance.now()
    const slow = find({ awaitsRefresh })
    await vi.advanceTimersByTimeAsync(1999)
    await expect(slow).resolves.toMatchObject({ outcome: 'needed', why: 'a/x is active' })
    await expect(find({ awaitsRefresh })).resolves.toMatchObject({ outcome: 'needed' })
    expect(performance.now() - startedAtMs).toBeLessThan(2000)
    expect(at.told).toHaveLength(1)
    // Later it may be quick again.
    await vi.advanceTimersByTimeAsync(30_000)
    const quick = find({ awaitsRefresh })
    await vi.advanceTimersByTimeAsync(100)
    at.answer = granted(leaseOf(2))
    await vi.advanceTimersByTimeAsync(50)
    await expect(quick).resolves.toMatchObject({ outcome: 'granted' })
  })

  test.each([
    ['with the patience of its flow', 300, 1],
    ['not at all where the search took it up', 0, 0],
  ])('waits %s', async (_what, patienceMs, told) => {
    const { at, find } = world(unavailable('active'))
    const found = find({ awaitsRefresh, patienceMs })
    await vi.advanceTimersByTimeAsync(300)
    await expect(found).resolves.toMatchObject({ outcome: 'needed', status: 'active' })
    expect(at.told).toHaveLength(told)
  })

  test.each<TokenStatus>(['paused', 'needs_reauth', 'rejected', 'degraded', 'pending', 'revoked'])(
    'asks nothing of a connection that is %s',
    async (status) => {
      const { at, find } = world(unavailable(status))
      await expect(find({ awaitsRefresh })).resolves.toMatchObject({ outcome: 'needed', status })
      expect(at.told).toEqual([])
    },
  )
})
