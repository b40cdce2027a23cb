import type { ApplicationFailure } from '@temporalio/common'
import { isLeaseLive, type Lease } from '../../src/contract/lease.js'
import type { SecretFields } from '../../src/auth/kind/auth-kind.js'
import { AuthorizedSender, type SendingOptions } from './authorized-sender.js'
import { CredentialGuard } from './credential-guard.js'
import { AbortListeners } from '../network/abort-listeners.js'
import { OutgoingRequests } from './outgoing-requests.js'
import type { ResolvedConnection } from './resolve-connection.js'
import { firstHeader } from '../../src/wire/header-lines.js'
import { measureRequest } from './measure-request.js'
import type { SessionWorld } from './session-world.js'
import { readAnswer } from './upstream-answers.js'
import type { ClockedAnswer, UpstreamClock } from '../keeper/upstream-clock.js'
import { type RefusalCode, UpstreamFailures } from './upstream-failures.js'
import {
  type JudgedAnswer,
  RuledAnswer,
  type UpstreamAnswer,
  type UpstreamRequest,
} from './upstream-request.js'
import { UpstreamWait } from '../runtime/upstream-wait.js'

const MAX_REDIRECTS = 3

/** Requests to one connection under one lease, opened once and forgotten with the activity. */
export class UpstreamSession {
  /** Requests that the upstream took with this generation. */
  accepted = 0
  readonly failures: UpstreamFailures
  /** Where the credential may go and be seen. */
  readonly guard: CredentialGuard
  readonly proofs: SessionWorld['proofs']
  readonly #outgoing: OutgoingRequests
  readonly #sender: AuthorizedSender
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
    this.#sender = new AuthorizedSender(this, this.#outgoing, world)
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
  send(request: UpstreamRequest, signal = this.#signal): Promise<UpstreamAnswer> {
    return this.#ask(request, signal, this.#listeners, (judged) => this.#taken(request, judged))
  }

  /** The answer, where the upstream has taken the request. */
  #taken(request: UpstreamRequest, { answer, meaning, offMs }: JudgedAnswer): UpstreamAnswer {
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
    const listeners = signal === this.#signal ? this.#listeners : undefined
    return this.#ask(request, signal, listeners, (judged) => judged)
  }

  /** @param finish what is made of the answer: in the same turn, for each promise more is felt where pages are small */
  async #ask<T>(
    request: UpstreamRequest,
    signal: AbortSignal,
    listeners: AbortListeners | undefined,
    finish: (judged: JudgedAnswer) => T,
  ): Promise<T> {
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
      const nowMs = Date.now()
      const { connector } = this.resolved
      const read = readAnswer(new RuledAnswer(answer, connector, this.#isPastExpiry, nowMs))
      if (read.outcome === 'accepted') {
        this.accepted += 1
        this.#world.passes.note(this.connection, this.lease.generation)
      }
      const meaning = this.#world.limits.observe(answer.headers, read, nowMs)
      measureRequest(this.#world.measure, this.resolved, request.endpoint, {
        outcome: meaning.outcome,
        tookMs: answer.tookMs,
      })
      const target = meaning.outcome === 'redirected' && this.#target(request, answer)
      if (!(target instanceof URL) || redirects >= MAX_REDIRECTS)
        return finish({ answer, meaning, offMs })
      url = target
    }
  }

  #exchange(request: UpstreamRequest, url: URL, options: SendingOptions): Promise<UpstreamAnswer> {
    this.#outgoing.checkOrigin(request, url)
    // A slot that is free at once is not awaited: that would cost a turn of the event loop.
    const turn = this.#turn(options.signal)
    return turn === undefined
      ? this.#sender.send(request, url, options)
      : turn.then(() => this.#sender.send(request, url, options))
  }

  /** The stored expiry of the token has passed. */
  readonly #isPastExpiry = (): boolean =>
    this.#world.serverNow() >= (this.lease.tokenExpiresAtMs ?? Number.POSITIVE_INFINITY)

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
