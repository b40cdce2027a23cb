import type { IncomingHttpHeaders } from 'node:http'
import { CancelledFailure } from '@temporalio/activity'
import { isLeaseLive, type Lease } from '../../src/contract/lease.js'
import type { OutgoingRequest, SecretFields } from '../auth/auth-kind.js'
import { authKindOf } from '../auth/registry.js'
import type { ActivityDependencies } from '../dependencies.js'
import { openFields } from '../token/sealed-fields.js'
import { originsOf } from './build-url.js'
import { ACCEPTED_ENCODINGS } from './decode-body.js'
import type { ResolvedConnection } from './resolve-connection.js'
import { sendRequest } from './send-request.js'
import { createUpstreamAgent } from './upstream-agent.js'
import { firstOf, readAnswer } from './upstream-answers.js'
import { UpstreamFailures } from './upstream-failures.js'
import { LeaseExpired, UpstreamWait } from './upstream-signals.js'
import { withoutCredential } from './without-credential.js'

/** Shared by all sessions of the process: connections are kept. */
const keptConnections = createUpstreamAgent()
/** A kept connection that ends in the instant of a write would leave its outcome unknown. */
const freshConnections = createUpstreamAgent({ keepAlive: false })

const MAX_REDIRECTS = 3
const DEFAULT_TIMEOUT_MS = 30_000

export interface UpstreamRequest {
  readonly endpoint: string
  readonly method: string
  readonly url: URL
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Sending it twice does no harm. */
  readonly repeatable: boolean
  readonly maxBytes: number
  readonly timeoutMs?: number | undefined
}

export interface UpstreamAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** Where it came from after redirects, without credential. */
  readonly url: URL
}

/** Requests to one connection under one lease, opened once and forgotten with the activity. */
export class UpstreamSession {
  /** Requests that the upstream took with this generation. */
  accepted = 0
  readonly failures: UpstreamFailures
  readonly #token: SecretFields
  readonly #origins: ReadonlySet<string>

  constructor(
    readonly resolved: ResolvedConnection,
    readonly lease: Lease,
    token: SecretFields,
    private readonly signal: AbortSignal,
  ) {
    this.#token = token
    this.#origins = originsOf(resolved)
    this.failures = new UpstreamFailures(resolved.name, lease.generation)
  }

  get connection(): string {
    return this.resolved.name
  }

  isLive(): boolean {
    return isLeaseLive(this.lease, Date.now())
  }

  /** Whether the connection's credential may go to this origin. */
  owns(url: URL): boolean {
    return this.#origins.has(url.origin)
  }

  /** A URL that may be written down: some upstreams repeat the key in their links. */
  withoutCredential(url: URL): URL {
    return withoutCredential(url, this.resolved.connector.auth, this.#token)
  }

  /**
   * Sends one request and reads its answer by the one table. Redirects are followed for GET within
   * the origin, each authorised anew.
   * @throws LeaseExpired before anything is sent; UpstreamWait; CancelledFailure; ApplicationFailure
   * by the table
   */
  async send(request: UpstreamRequest, signal?: AbortSignal): Promise<UpstreamAnswer> {
    let { url } = request
    for (let redirects = 0; ; redirects += 1) {
      const answer = await this.#exchange(request, url, signal ?? this.signal)
      const { status, headers } = answer
      const nowMs = Date.now()
      const meaning = readAnswer({
        ...answer,
        expired: this.resolved.connector.expired,
        pastExpiry: nowMs >= (this.lease.tokenExpiresAtMs ?? Number.POSITIVE_INFINITY),
        nowMs,
      })
      switch (meaning.means) {
        case 'accepted':
          this.accepted += 1
          return answer
        case 'redirected':
          url = this.#redirect(request, url, status, firstOf(headers.location), redirects)
          continue
        case 'wait':
          throw new UpstreamWait(this.connection, meaning.waitMs, meaning.reason)
        case 'unavailable':
          throw this.failures.broken(request, `HTTP ${String(status)}`, true, status)
        case 'expired':
          throw this.failures.refused('CredentialRejected', request, status, this.accepted)
        case 'insufficient-scope':
          throw this.failures.refused('InsufficientScope', request, status, this.accepted)
        case 'rejected':
          throw this.failures.refused('UpstreamRejected', request, status, this.accepted)
      }
    }
  }

  async #exchange(
    request: UpstreamRequest,
    url: URL,
    signal: AbortSignal,
  ): Promise<UpstreamAnswer> {
    if (!this.owns(url)) throw this.failures.foreign(request.endpoint, url)
    const { auth } = this.resolved.connector
    const outgoing: OutgoingRequest = {
      method: request.method,
      url,
      headers: {
        accept: 'application/json',
        'accept-encoding': ACCEPTED_ENCODINGS,
        'user-agent': 'tokenkeeper',
        ...request.headers,
      },
      ...(request.body === undefined ? {} : { body: request.body }),
    }
    // The last change before it leaves.
    const ready = authKindOf(auth).authorize(outgoing, this.#token, auth)
    if (signal.aborted) throw new CancelledFailure('cancelled')
    if (!this.isLive()) throw new LeaseExpired(this.connection)
    const sending = await sendRequest(
      request.repeatable ? keptConnections : freshConnections,
      ready,
      {
        maxBytes: request.maxBytes,
        timeoutMs: request.timeoutMs ?? DEFAULT_TIMEOUT_MS,
        // Cancelled half-way, the outcome of such a write would be unknown: it is waited for.
        signal: request.repeatable ? signal : NEVER,
      },
    )
    if (sending.answered) return { ...sending, url }
    const { fault, sent, status } = sending
    if (fault === 'ABORTED') throw new CancelledFailure('cancelled')
    if (fault === 'TOO_LARGE') throw this.failures.tooLarge(request, status)
    if (fault === 'UNREADABLE') throw this.failures.unreadable(request.endpoint, status)
    throw this.failures.broken(request, fault, sent, undefined)
  }

  #redirect(
    request: UpstreamRequest,
    from: URL,
    status: number,
    location: string | undefined,
    redirects: number,
  ): URL {
    const target =
      location !== undefined && URL.canParse(location, from.href)
        ? new URL(location, from.href)
        : undefined
    if (target !== undefined && target.origin !== from.origin)
      throw this.failures.foreign(request.endpoint, target)
    const followed = [301, 302, 303, 307, 308].includes(status) && request.method === 'GET'
    if (target === undefined || !followed || redirects >= MAX_REDIRECTS)
      throw this.failures.redirected(request.endpoint, status)
    return this.withoutCredential(target)
  }
}

const NEVER = new AbortController().signal

/** Opens a lease for the requests of one activity execution. */
export async function openSession(
  { keyring }: Pick<ActivityDependencies, 'keyring'>,
  resolved: ResolvedConnection,
  lease: Lease,
  signal: AbortSignal,
): Promise<UpstreamSession> {
  const binding = { connection: resolved.name, purpose: 'token' } as const
  const token = await openFields(keyring, lease.sealed, binding)
  return new UpstreamSession(resolved, lease, token, signal)
}
