import { CancelledFailure } from '@temporalio/activity'
import type { OutgoingRequest } from '../../src/auth/kind/auth-kind.js'
import { isLeaseLive, type Lease } from '../../src/contract/lease.js'
import { LeaseExpired } from '../keeper/confirmed-leases.js'
import type { AbortListeners } from '../network/abort-listeners.js'
import { NEVER_ABORTED, type Sending, sendRequest } from '../network/send-request.js'
import type { CredentialGuard } from './credential-guard.js'
import { measureRequest } from './measure-request.js'
import type { OutgoingRequests } from './outgoing-requests.js'
import type { ResolvedConnection } from './resolve-connection.js'
import type { SessionWorld } from './session-world.js'
import { sendInSpan } from './trace-request.js'
import { readAnswer } from './upstream-answers.js'
import type { UpstreamFailures } from './upstream-failures.js'
import { UpstreamAnswer, type UpstreamRequest } from './upstream-request.js'

const DEFAULT_TIMEOUT_MS = 30_000

export interface SendingOptions {
  readonly signal: AbortSignal
  /** That share the signal. */
  readonly listeners: AbortListeners | undefined
  readonly now: () => number
}

/** The session that requests are sent for. */
export interface SendingSession {
  readonly resolved: ResolvedConnection
  readonly lease: Lease
  readonly guard: CredentialGuard
  readonly failures: UpstreamFailures
}

/** Sends requests of one session, each once, with its credential. Few promises are made: small pages feel each of them. */
export class AuthorizedSender {
  readonly #session: SendingSession
  readonly #outgoing: OutgoingRequests
  readonly #world: SessionWorld

  constructor(session: SendingSession, outgoing: OutgoingRequests, world: SessionWorld) {
    this.#session = session
    this.#outgoing = outgoing
    this.#world = world
  }

  /**
   * @param url of the request, or where a redirect leads
   * @throws CancelledFailure; LeaseExpired; ApplicationFailure, thrown or as a rejection
   */
  send(request: UpstreamRequest, url: URL, options: SendingOptions): Promise<UpstreamAnswer> {
    if (!this.#world.tracing.isOn) return this.#sendWith(undefined, request, url, options)
    return sendInSpan(this.#world, this.#session, request, url, (traced) =>
      this.#sendWith(traced, request, url, options),
    )
  }

  /** @param traced headers that the trace adds */
  #sendWith(
    traced: Readonly<Record<string, string>> | undefined,
    request: UpstreamRequest,
    url: URL,
    options: SendingOptions,
  ): Promise<UpstreamAnswer> {
    const made = this.#outgoing.prepare(request, url, { now: options.now, headers: traced })
    return made instanceof Promise
      ? made.then((ready) => this.#sendReady(ready, request, url, options))
      : this.#sendReady(made, request, url, options)
  }

  #sendReady(
    ready: OutgoingRequest,
    request: UpstreamRequest,
    url: URL,
    { signal, listeners }: SendingOptions,
  ): Promise<UpstreamAnswer> {
    if (signal.aborted) throw new CancelledFailure('cancelled')
    const { lease, resolved } = this.#session
    if (!isLeaseLive(lease, this.#world.serverNow())) throw new LeaseExpired(resolved.name)
    const { kept, fresh } = this.#world.agents
    const sentAtMs = performance.now()
    return sendRequest(request.repeatable ? kept : fresh, ready, {
      maxBytes: request.maxBytes,
      timeoutMs: request.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      // Cancelled half-way, the outcome of such a write would be unknown: it is waited for.
      signal: request.repeatable ? signal : NEVER_ABORTED,
      listeners,
      onCutOff: this.#observeCutOff,
    }).then((sending) => this.#answered(sending, request, url, performance.now() - sentAtMs))
  }

  #answered(sending: Sending, request: UpstreamRequest, url: URL, tookMs: number): UpstreamAnswer {
    if (sending.outcome === 'answered')
      return new UpstreamAnswer(sending.status, sending.headers, sending.body, url, tookMs)
    const isCancelled = sending.fault === 'ABORTED'
    measureRequest(this.#world.measure, this.#session.resolved, request.endpoint, {
      outcome: isCancelled ? 'cancelled' : 'unanswered',
      tookMs,
    })
    if (isCancelled) throw new CancelledFailure('cancelled')
    throw this.#session.failures.unanswered(request, url, sending)
  }

  /** A limit counts although nobody is left who waits for the answer. */
  readonly #observeCutOff = (status: number, headers: UpstreamAnswer['headers']): void => {
    const { limits } = this.#session.resolved.connector
    const nowMs = Date.now()
    const meaning = readAnswer({ status, headers, text: '', limits, pastExpiry: false, nowMs })
    if (meaning.outcome !== 'accepted') this.#world.limits.observe(headers, meaning, nowMs)
  }
}
