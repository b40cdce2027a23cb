import { setMaxListeners } from 'node:events'
import type { ApplicationFailure } from '@temporalio/common'
import { CancelledFailure } from '@temporalio/activity'
import { isLeaseLive, type Lease } from '../../src/contract/lease.js'
import type { OutgoingRequest, SecretFields } from '../../src/auth/auth-kind.js'
import type { SessionLimits } from '../limits/session-limits.js'
import type { ServerNow } from '../server-clock.js'
import type { Keyring } from '../../src/sealing/keyring.js'
import { authorizeRequest } from './authorize-request.js'
import { connectorHeaders } from './connector-headers.js'
import { originsOf } from './build-url.js'
import { ADDRESS_REFUSED } from './check-address.js'
import { checkOutgoing } from './check-outgoing.js'
import { ACCEPTED_ENCODINGS } from './decode-body.js'
import { ownUrl } from './own-url.js'
import { notePass } from './recent-passes.js'
import type { ResolvedConnection } from './resolve-connection.js'
import { sendRequest } from './send-request.js'
import { type UpstreamAgents, upstreamAgents } from './upstream-agents.js'
import { firstHeader } from '../../src/wire/header-lines.js'
import { readAnswer } from './upstream-answers.js'
import type { ClockedAnswer, UpstreamClock } from './upstream-clock.js'
import { type RefusalCode, UpstreamFailures } from './upstream-failures.js'
import { type JudgedAnswer, UpstreamAnswer, type UpstreamRequest } from './upstream-request.js'
import { LeaseExpired, UpstreamWait } from './upstream-signals.js'
import { holdsCredential, mayNameHost, withoutCredential } from './without-credential.js'

const MAX_REDIRECTS = 3
const DEFAULT_TIMEOUT_MS = 30_000

/** What a session shares with others of its worker. */
export interface SessionWorld {
  readonly limits: SessionLimits
  /** Leases and tokens are dated by the Temporal server's clock. */
  readonly serverNow: ServerNow
  /** Of the upstream, for kinds that sign the time. */
  readonly clock?: UpstreamClock | undefined
  /** Of the worker's keys: shows that a page was named by an answer. */
  readonly proofs?: Pick<Keyring, 'prove' | 'proves'> | undefined
}

/** Requests to one connection under one lease, opened once and forgotten with the activity. */
export class UpstreamSession {
  /** Requests that the upstream took with this generation. */
  accepted = 0
  readonly failures: UpstreamFailures
  readonly proofs: SessionWorld['proofs']
  readonly #token: SecretFields
  readonly #origins: ReadonlySet<string>
  readonly #headers: Readonly<Record<string, string>>
  readonly #clock: UpstreamClock | undefined
  readonly #agents: UpstreamAgents
  /** Taken, and no request sent yet. */
  #turns = 0

  constructor(
    readonly resolved: ResolvedConnection,
    readonly lease: Lease,
    token: SecretFields,
    private readonly signal: AbortSignal,
    private readonly world: SessionWorld,
  ) {
    this.#token = token
    this.#clock = world.clock
    this.proofs = world.proofs
    this.#origins = originsOf(resolved)
    const { connector, variables, name } = resolved
    this.#headers = connectorHeaders(connector, variables, name)
    this.#agents = upstreamAgents(resolved.connector)
    this.failures = new UpstreamFailures(resolved.name, lease.generation, (host) =>
      mayNameHost(host, token),
    )
  }

  get connection(): string {
    return this.resolved.name
  }

  isLive(): boolean {
    return isLeaseLive(this.lease, this.world.serverNow())
  }

  /** Whether the connection's credential may go to this origin. */
  owns(url: URL): boolean {
    // The origin of a `blob:` URL is the one inside it.
    return /^https?:$/.test(url.protocol) && this.#origins.has(url.origin)
  }

  /** Where a link is asked for: by https where it says http of an origin that is https. */
  ownUrl(url: URL): URL {
    return ownUrl(url, this.#origins)
  }

  /** A URL that may be written down: some upstreams repeat the key in their links. */
  withoutCredential(url: URL): URL {
    return withoutCredential(url, this.resolved.connector.auth, this.#token)
  }

  /** Whether a text holds what authenticates, so that it must not be written down. */
  holdsCredential(text: string): boolean {
    return holdsCredential(text, this.resolved.connector.auth, this.#token)
  }

  /**
   * Waits until the connection's limits let the next request out, which {@link send} then does not wait
   * for: for writes that are noted down before they leave.
   * @throws UpstreamWait where it is a matter for the flow; CancelledFailure
   */
  async takeTurn(signal = this.signal): Promise<void> {
    await this.#turn(signal)
    this.#turns += 1
  }

  /**
   * Sends one request and lets through what the upstream accepts.
   * @throws LeaseExpired before anything is sent; UpstreamWait; CancelledFailure; ApplicationFailure
   * by the table
   */
  async send(request: UpstreamRequest, signal?: AbortSignal): Promise<UpstreamAnswer> {
    const { answer, meaning, offMs } = await this.ask(request, signal)
    const { status } = answer
    const refused = (code: RefusalCode): ApplicationFailure =>
      this.failures.refused(code, request, status, this.accepted, offMs)
    switch (meaning.means) {
      case 'accepted':
        return answer
      case 'redirected':
        // Nothing has changed since whatever the request's headers say: that is no failure of a read.
        if (status === 304 && request.method === 'GET') return answer
        throw this.failures.redirected(request.endpoint, status)
      case 'wait':
        throw new UpstreamWait(this.connection, meaning.waitMs, meaning.reason)
      case 'unavailable':
        throw this.failures.broken(request, `HTTP ${String(status)}`, true, status)
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
  async ask(request: UpstreamRequest, signal = this.signal): Promise<JudgedAnswer> {
    let { url } = request
    for (let redirects = 0; ; redirects += 1) {
      const from = url
      // Kinds that sign no time go by no clock, and wait for none.
      const sent: ClockedAnswer<UpstreamAnswer> =
        this.#clock === undefined
          ? { answer: await this.#exchange(request, from, signal) }
          : await this.#clock.send((now) => this.#exchange(request, from, signal, now))
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
          this.world.serverNow() >= (this.lease.tokenExpiresAtMs ?? Number.POSITIVE_INFINITY),
        nowMs,
      })
      if (read.means === 'accepted') {
        this.accepted += 1
        notePass(this.connection, this.lease.generation)
      }
      const meaning = this.world.limits.heard(headers, read, nowMs)
      const target = meaning.means === 'redirected' && this.#target(request, answer)
      if (!(target instanceof URL) || redirects >= MAX_REDIRECTS) return { answer, meaning, offMs }
      url = target
    }
  }

  async #exchange(
    request: UpstreamRequest,
    url: URL,
    signal: AbortSignal,
    now = Date.now,
  ): Promise<UpstreamAnswer> {
    if (!this.owns(url)) throw this.failures.foreign(request.endpoint, url)
    // A turn that has come at once is not waited for: that would cost a turn of the loop.
    const turn = this.#turn(signal)
    if (turn !== undefined) await turn
    const outgoing: OutgoingRequest = {
      method: request.method,
      url,
      headers: {
        accept: 'application/json',
        'accept-encoding': ACCEPTED_ENCODINGS,
        'user-agent': 'tokenkeeper',
        ...this.#headers,
        ...request.headers,
      },
      ...(request.body === undefined ? {} : { body: request.body }),
    }
    // Kinds that only set a header are not waited for: that would cost a turn of the loop.
    const made = authorizeRequest(this.resolved, this.#token, outgoing, now)
    const ready = made instanceof Promise ? await made : made
    if (ready.url !== url && !this.owns(ready.url))
      throw this.failures.foreign(request.endpoint, ready.url)
    checkOutgoing(ready, { connection: this.connection, endpoint: request.endpoint })
    if (signal.aborted) throw new CancelledFailure('cancelled')
    if (!this.isLive()) throw new LeaseExpired(this.connection)
    const sending = await sendRequest(
      request.repeatable ? this.#agents.kept : this.#agents.fresh,
      ready,
      {
        maxBytes: request.maxBytes,
        timeoutMs: request.timeoutMs ?? DEFAULT_TIMEOUT_MS,
        // Cancelled half-way, the outcome of such a write would be unknown: it is waited for.
        signal: request.repeatable ? signal : NEVER,
        onCutOff: (status, headers) => this.#hearCutOff(status, headers),
      },
    )
    if (sending.answered)
      return new UpstreamAnswer(sending.status, sending.headers, sending.body, url)
    const { fault, sent, status } = sending
    if (fault === 'ABORTED') throw new CancelledFailure('cancelled')
    if (fault === ADDRESS_REFUSED) throw this.failures.addressRefused(request.endpoint, url)
    if (fault === 'TOO_LARGE') throw this.failures.tooLarge(request, status)
    const encoding = ENCODING_FAULTS.get(fault)
    if (encoding !== undefined) throw this.failures.unreadable(request.endpoint, status, encoding)
    throw this.failures.broken(request, fault, sent, undefined)
  }

  /** A limit counts although nobody is left who waits for the answer. */
  #hearCutOff(status: number, headers: UpstreamAnswer['headers']): void {
    const { limits } = this.resolved.connector
    const nowMs = Date.now()
    const meaning = readAnswer({ status, headers, text: '', limits, pastExpiry: false, nowMs })
    if (meaning.means !== 'accepted') this.world.limits.heard(headers, meaning, nowMs)
  }

  #turn(signal: AbortSignal): Promise<void> | undefined {
    if (this.#turns === 0) return this.world.limits.turn(signal)
    this.#turns -= 1
    return undefined
  }

  /** Where a redirect leads, where it is one that is followed. */
  #target(request: UpstreamRequest, { status, headers, url }: UpstreamAnswer): URL | undefined {
    const location = firstHeader(headers, 'location')
    if (location === undefined || !URL.canParse(location, url.href)) return undefined
    const target = this.ownUrl(new URL(location, url.href))
    if (!this.owns(target)) throw this.failures.foreign(request.endpoint, target)
    const followed = [301, 302, 303, 307, 308].includes(status) && request.method === 'GET'
    return followed ? this.withoutCredential(target) : undefined
  }
}

const ENCODING_FAULTS: ReadonlyMap<string, string> = new Map([
  ['ENCODING_BROKEN', 'that can not be decompressed: it is cut off or damaged'],
  ['ENCODING_UNKNOWN', 'in a content encoding other than gzip, deflate and br'],
])

/** Of all writes at once: Node warns of more than ten that listen. */
const NEVER = new AbortController().signal
setMaxListeners(0, NEVER)
