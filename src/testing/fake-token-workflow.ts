import {
  condition,
  defineQuery,
  defineSignal,
  getExternalWorkflowHandle,
  setHandler,
} from '@temporalio/workflow'
import { type Lease, MAX_LEASE_AGE_MS } from '../contract/lease.js'
import {
  type CancelLease,
  type CurrentLease,
  FLOW_REPLY_SIGNAL,
  type LeaseReply,
  type LeaseRequest,
  TOKEN_QUERIES,
  TOKEN_SIGNALS,
} from '../contract/messages.js'
import type { Sealed } from '../contract/sealed.js'
import {
  FAKE_CONNECTION_SIGNAL,
  type FakeConnection,
  type FakeTokenWorkflowInput,
} from './fake-connection.js'

/** Has the shape of a sealed value and opens with no key. */
const NOTHING_SEALED = `tk1.${'0'.repeat(16)}.${'A'.repeat(43)}.${'A'.repeat(22)}` as Sealed

/** Speaks the lease protocol of the real token workflow, without credentials, activities or timers. */
export async function fakeTokenWorkflow(input: FakeTokenWorkflowInput): Promise<never> {
  const { connection, leaseMs = MAX_LEASE_AGE_MS } = input
  let requests: LeaseRequest[] = []
  const notified = new Set<string>()
  const now: { state: FakeConnection } = { state: { outcome: 'granted' } }
  let generation = 1

  setHandler(
    defineSignal<[LeaseRequest]>(TOKEN_SIGNALS.lease),
    (request) => {
      requests.push(request)
    },
    { description: 'A flow asks for a lease.' },
  )
  setHandler(
    defineSignal<[CancelLease]>(TOKEN_SIGNALS.cancelLease),
    ({ requestId }) => {
      requests = requests.filter((request) => request.requestId !== requestId)
    },
    { description: 'A flow no longer waits for a lease.' },
  )
  setHandler(
    defineSignal<[FakeConnection]>(FAKE_CONNECTION_SIGNAL),
    (next) => {
      now.state = next
      notified.clear()
    },
    { description: 'A test says what becomes of this connection.' },
  )
  setHandler(
    defineQuery<CurrentLease, [number?]>(TOKEN_QUERIES.lease),
    (askedAtMs = 0): CurrentLease =>
      now.state.outcome === 'granted'
        ? { outcome: 'granted', lease: lease(Math.max(Date.now(), askedAtMs)) }
        : {
            outcome: 'unavailable',
            status: now.state.outcome === 'waiting' ? now.state.status : 'revoked',
            generation,
            message: now.state.message,
          },
    { description: 'The current lease, for code inside activities.' },
  )

  const lease = (nowMs = Date.now()): Lease => ({
    connection,
    generation,
    sealed: NOTHING_SEALED,
    issuedAtMs: nowMs,
    expiresAtMs: nowMs + leaseMs,
  })
  const answer = ({ requestId }: LeaseRequest): LeaseReply => {
    if (now.state.outcome === 'granted') return { requestId, outcome: 'granted', lease: lease() }
    if (now.state.outcome === 'denied')
      return { requestId, outcome: 'denied', code: 'ConnectionRevoked', message: now.state.message }
    const { status, message } = now.state
    return { requestId, outcome: 'waiting', status, message, searchAttributes: [] }
  }

  for (;;) {
    await condition(() => requests.some(({ requestId }) => !notified.has(requestId)))
    const due = requests.filter(({ requestId }) => !notified.has(requestId))
    if (now.state.outcome === 'waiting') for (const { requestId } of due) notified.add(requestId)
    else requests = []
    for (const request of due) {
      if (request.rejected?.generation === generation) generation += 1
      if (request.replyTo === '') continue
      // Who asked may be gone; that is nobody's failure.
      await getExternalWorkflowHandle(request.replyTo)
        .signal(FLOW_REPLY_SIGNAL, answer(request))
        .catch(() => undefined)
    }
  }
}
