import type { ApplicationFailure } from '@temporalio/common'
import { CancelledFailure } from '@temporalio/activity'
import { isLeaseLive, type Lease } from '../../src/contract/lease.js'
import type { SecretFields } from '../../src/auth/kind/auth-kind.js'
import { CredentialGuard } from './credential-guard.js'
import { AbortListeners } from '../network/abort-listeners.js'
import { OutgoingRequests } from './outgoing-requests.js'
import type { ResolvedConnection } from './resolve-connection.js'
import { NEVER_ABORTED, sendRequest } from '../network/send-request.js'
import { firstHeader } from '../../src/wire/header-lines.js'
import { measureRequest, type RequestOutcome } from './measure-request.js'
import type { SessionWorld } from './session-world.js'
import { sendInSpan } from './trace-request.js'
import { readAnswer } from './upstream-answers.js'
import type { ClockedAnswer, UpstreamClock } from '../keeper/upstream-clock.js'
import { type RefusalCode, UpstreamFailures } from './upstream-failures.js'
import { type JudgedAnswer, UpstreamAnswer, type UpstreamRequest } from './upstream-request.js'
import { LeaseExpired } from '../keeper/confirmed-leases.js'
import { UpstreamWait } from '../runtime/upstream-wait.js'

const MAX_REDIRECTS = 3
const DEFAULT_TIMEOUT_MS = 30_000

interface SendingOptions {
  readonly signal: AbortSignal
  /** That share the signal. */
  readonly listeners: AbortListeners | undefined
  readonly now: () => number
}

/** Requests to one connection under one lease, opened once and forgotten with the activity. */
export class UpstreamSession {
  /** Requests that the upstream took with this generation. */
  accepted = 0
  readonly failures: UpstreamFailures
  /** Where the credential may go and be seen. */
  readonly guard: CredentialGuard
  readonly proofs: SessionWorld['proofs']
  readonly #outgoing: OutgoingRequests
  readonly #signal: AbortSignal
  readonly #listeners = new AbortListeners()
  readonly #world: SessionWorld
  readonly #clock: UpstreamClock | undefined
  /** Slots of the limiter that were taken for requests which are not sent yet. */
  #turns = 0

  constructor(
    readonly resolved: ResolvedConnection,
    readonly lease: Lease,
    token: SecretFields,
    signal: AbortSignal,
    world: SessionWorld,
  ) {
    this.#signal = signal
    this.#world = world
    this.#clock = world.clock
    this.proofs = world.proofs
    this.guard = new CredentialGuard(resolved, token)
    const { name } = resolved
    this.failures = new UpstreamFailures(name, lease, {
      mayName: (host) => this.guard.mayName(host),
      lastPassed: () => world.passes.last(name),
    })
    this.#outgoing = new OutgoingRequests(resolved, token, this.guard, this.failures)
  }

  get connection(): string {
    return this.resolved.name
  }

  isLive(): boolean {
    return isLeaseLive(this.lease, this.#world.serverNow())
  }

  /**
   * Waits until the connection's limits let the next request out, which {@link send} then does not wait
   * for: for writes that are noted down before they leave.
   * @throws UpstreamWait where it is a matter for the flow; CancelledFailure
   */
  async takeTurn(signal = this.#signal): Promise<void> {
    await this.#turn(signal)
    this.#turns += 1
  }

  /**
   * Sends one request and lets through what the upstream accepts.
   * @param signal that is aborted at last: its listener stays with it
   * @throws LeaseExpired before anything is sent; UpstreamWait; CancelledFailure; ApplicationFailure
   * by the table
   */
  async send(request: UpstreamRequest, signal = this.#signal): Promise<UpstreamAnswer> {
    const { answer, meaning, offMs } = await this.#ask(request, signal, this.#listeners)
    const { status } = answer
    const refused = (code: RefusalCode): ApplicationFailure =>
      this.failures.refused(code, request, status, this.accepted, offMs)
    switch (meaning.outcome) {
      case 'accepted':
        return answer
      case 'redirected':
        // Nothing has changed since whatever the request's headers say: that is no failure of a read.
        if (status === 304 && request.method === 'GET') return answer
        throw this.failures.redirected(request.endpoint, status)
      case 'wait':
        throw new UpstreamWait(this.connection, meaning.waitMs, meaning.reason)
      case 'unavailable':
        throw this.failures.broken(request, `HTTP ${status}`, true, status)
      case 'expired':
        throw refused('CredentialRejected')
      case 'insufficient-scope':
        throw refused('InsufficientScope')
      case 'rejected':
        throw refused('UpstreamRejected')
    }
  }

  /**
   * Sends one request and says what the answer means by the one table. Redirects are followed for
   * GET within the connector's origins, each authorised anew.
   * @throws LeaseExpired or UpstreamWait before anything is sent; CancelledFailure; ApplicationFailure
   * where no answer came or a redirect leads elsewhere
   */
  ask(request: UpstreamRequest, signal = this.#signal): Promise<JudgedAnswer> {
    // Another signal than the activity's may live on, and with it whatever listens to it.
    return this.#ask(request, signal, signal === this.#signal ? this.#listeners : undefined)
  }

  async #ask(
    request: UpstreamRequest,
    signal: AbortSignal,
    listeners: AbortListeners | undefined,
  ): Promise<JudgedAnswer> {
    let { url } = request
    for (let redirects = 0; ; redirects += 1) {
      const from = url
      // Kinds that sign no time go by no clock, and wait for none.
      const sent: ClockedAnswer<UpstreamAnswer> =
        this.#clock === undefined
          ? { answer: await this.#exchange(request, from, { signal, listeners, now: Date.now }) }
          : await this.#clock.send((now) =>
              this.#exchange(request, from, { signal, listeners, now }),
            )
      const { answer, offMs } = sent
      const { status, headers } = answer
      const nowMs = Date.now()
      const read = readAnswer({
        status,
        headers,
        // Read only where a rule looks at it.
        get text() {
          return answer.text
        },
        expired: this.resolved.connector.expired,
        limits: this.resolved.connector.limits,
        pastExpiry:
          this.#world.serverNow() >= (this.lease.tokenExpiresAtMs ?? Number.POSITIVE_INFINITY),
        nowMs,
      })
      if (read.outcome === 'accepted') {
        this.accepted += 1
        this.#world.passes.note(this.connection, this.lease.generation)
      }
      const meaning = this.#world.limits.observe(headers, read, nowMs)
      this.#measure(request, meaning.outcome, answer.tookMs)
      const target = meaning.outcome === 'redirected' && this.#target(request, answer)
      if (!(target instanceof URL) || redirects >= MAX_REDIRECTS) return { answer, meaning, offMs }
      url = target
    }
  }

  #exchange(request: UpstreamRequest, url: URL, options: SendingOptions): Promise<UpstreamAnswer> {
    this.#outgoing.checkOrigin(request, url)
    // A slot that is free at once is not awaited: that would cost a turn of the event loop.
    const turn = this.#turn(options.signal)
    return turn === undefined
      ? this.#sendTraced(request, url, options)
      : turn.then(() => this.#sendTraced(request, url, options))
  }

  #sendTraced(
    request: UpstreamRequest,
    url: URL,
    options: SendingOptions,
  ): Promise<UpstreamAnswer> {
    const send = (headers?: Readonly<Record<string, string>>): Promise<UpstreamAnswer> =>
      this.#sendAuthorized(request, url, headers, options)
    return this.#world.tracing.isOn ? sendInSpan(this.#world, this, request, url, send) : send()
  }

  /** @param traced headers that the trace adds */
  async #sendAuthorized(
    request: UpstreamRequest,
    url: URL,
    traced: Readonly<Record<string, string>> | undefined,
    { signal, listeners, now }: SendingOptions,
  ): Promise<UpstreamAnswer> {
    const made = this.#outgoing.prepare(request, url, { now, headers: traced })
    const ready = made instanceof Promise ? await made : made
    if (signal.aborted) throw new CancelledFailure('cancelled')
    if (!this.isLive()) throw new LeaseExpired(this.connection)
    const sentAtMs = performance.now()
    const sending = await sendRequest(
      request.repeatable ? this.#world.agents.kept : this.#world.agents.fresh,
      ready,
      {
        maxBytes: request.maxBytes,
        timeoutMs: request.timeoutMs ?? DEFAULT_TIMEOUT_MS,
        // Cancelled half-way, the outcome of such a write would be unknown: it is waited for.
        signal: request.repeatable ? signal : NEVER_ABORTED,
        listeners,
        onCutOff: (status, headers) => this.#observeCutOff(status, headers),
      },
    )
    const tookMs = performance.now() - sentAtMs
    if (sending.outcome === 'answered')
      return new UpstreamAnswer(sending.status, sending.headers, sending.body, url, tookMs)
    this.#measure(request, sending.fault === 'ABORTED' ? 'cancelled' : 'unanswered', tookMs)
    if (sending.fault === 'ABORTED') throw new CancelledFailure('cancelled')
    throw this.failures.unanswered(request, url, sending)
  }

  #measure({ endpoint }: UpstreamRequest, outcome: RequestOutcome, tookMs: number): void {
    measureRequest(this.#world.measure, this.resolved, endpoint, { outcome, tookMs })
  }

  /** A limit counts although nobody is left who waits for the answer. */
  #observeCutOff(status: number, headers: UpstreamAnswer['headers']): void {
    const { limits } = this.resolved.connector
    const nowMs = Date.now()
    const meaning = readAnswer({ status, headers, text: '', limits, pastExpiry: false, nowMs })
    if (meaning.outcome !== 'accepted') this.#world.limits.observe(headers, meaning, nowMs)
  }

  #turn(signal: AbortSignal): Promise<void> | undefined {
    if (this.#turns === 0) return this.#world.limits.turn(signal)
    this.#turns -= 1
    return undefined
  }

  /** Where a redirect leads, where it is one that is followed. */
  #target(request: UpstreamRequest, { status, headers, url }: UpstreamAnswer): URL | undefined {
    const location = firstHeader(headers, 'location')
    if (location === undefined || !URL.canParse(location, url.href)) return undefined
    const target = this.guard.ownUrl(new URL(location, url.href))
    if (!this.guard.owns(target)) throw this.failures.foreign(request.endpoint, target)
    const followed = [301, 302, 303, 307, 308].includes(status) && request.method === 'GET'
    return followed ? this.guard.withoutCredential(target) : undefined
  }
}
