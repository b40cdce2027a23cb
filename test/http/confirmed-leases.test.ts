import { afterEach, describe, expect, test, vi } from 'vitest'
import { QueriedLeases } from '../../activities/keeper/confirmed-leases.js'
import { LeaseExpired } from '../../activities/keeper/confirmed-leases.js'
import type { Lease } from '../../src/contract/lease.js'
import type { CurrentLease } from '../../src/contract/messages.js'
import type { Sealed } from '../../src/contract/sealed.js'
import type { TokenStatus } from '../../src/contract/token-status.js'

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

/** The edge is Temporal's own client. */
function world(first: CurrentLease | Error) {
  const at = { nowMs: T0, answer: first, asked: [] as string[] }
  const client = {
    withDeadline: (_atMs: number, work: () => unknown) => work(),
    workflow: {
      getHandle: (id: string) => ({
        query: (name: string) => {
          at.asked.push(`${id} ${name}`)
          const { answer } = at
          return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)
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
    current: () => leases.currentLease(resolved),
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
    const gone = Object.assign(new Error('not found'), { name: 'WorkflowNotFoundError' })
    await expect(world(gone).confirm(leaseOf(1))).rejects.toBeInstanceOf(LeaseExpired)
    await expect(world(new Error('deadline')).confirm(leaseOf(1))).rejects.toMatchObject({
      type: 'UpstreamUnavailable',
      nonRetryable: false,
    })
  })
})

describe('a lease that a flow could use at once', () => {
  test('is the one that the token workflow grants, and is confirmed without another query', async () => {
    const { at, confirm, current } = world(granted(leaseOf(3)))
    await expect(current()).resolves.toEqual(leaseOf(3))
    await expect(confirm(leaseOf(3))).resolves.toEqual(leaseOf(3))
    expect(at.asked).toHaveLength(1)
  })

  test.each<[string, CurrentLease | Error]>([
    ['the connection is paused', unavailable('paused')],
    ['the connection is revoked', unavailable('revoked')],
    ['nobody answers', new Error('no poller')],
  ])('there is none where %s', async (_why, answer) => {
    const { current } = world(answer)
    await expect(current()).resolves.toBeUndefined()
  })
})
