import type { IncomingHttpHeaders } from 'node:http'
import { type Dispatcher, request as send } from 'undici'
import { createFailure } from '../../src/contract/failure.js'
import { isLeaseLive, type Lease } from '../../src/contract/lease.js'
import type { OutgoingRequest, SecretFields } from '../auth/auth-kind.js'
import { authKindOf } from '../auth/registry.js'
import type { ActivityDependencies } from '../dependencies.js'
import { openFields } from '../token/sealed-fields.js'
import { originsOf } from './build-url.js'
import { readBody } from './read-body.js'
import type { ResolvedConnection } from './resolve-connection.js'
import { createUpstreamAgent } from './upstream-agent.js'
import { firstOf, readAnswer } from './upstream-answers.js'
import { LeaseExpired, UpstreamWait } from './upstream-signals.js'
import { wasSent } from './was-sent.js'

const agent = createUpstreamAgent()
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
}

/** Requests to one connection under one lease, opened once and forgotten with the activity. */
export class UpstreamSession {
  /** Requests that the upstream took with this generation. */
  accepted = 0
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

  /**
   * Sends one request and reads its answer by the one table.
   * @throws LeaseExpired before anything is sent; UpstreamWait; ApplicationFailure by the table
   */
  async send(request: UpstreamRequest, signal?: AbortSignal): Promise<UpstreamAnswer> {
    let url = request.url
    for (let redirects = 0; ; redirects += 1) {
      const answer = await this.#exchange(request, url, signal)
      const { status, headers } = answer
      const meaning = readAnswer({
        ...answer,
        expired: this.resolved.connector.expired,
        pastExpiry: !this.isLive(),
        nowMs: Date.now(),
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
          throw this.#unavailable(request, `HTTP ${String(status)}`, true)
        case 'expired':
          throw this.#fail('CredentialRejected', request, status, 'refuses the credential')
        case 'insufficient-scope':
          throw this.#fail(
            'InsufficientScope',
            request,
            status,
            'wants a scope that this connection was not granted; authorise it again with that scope',
          )
        case 'rejected':
          throw this.#fail(
            'UpstreamRejected',
            request,
            status,
            'refuses the request; look at its input and at what the account may do',
          )
      }
    }
  }

  async #exchange(
    request: UpstreamRequest,
    url: URL,
    signal: AbortSignal | undefined,
  ): Promise<UpstreamAnswer> {
    if (!this.owns(url)) throw this.#foreign(request, url)
    if (!this.isLive()) throw new LeaseExpired(this.connection)
    const { auth } = this.resolved.connector
    const outgoing: OutgoingRequest = {
      method: request.method,
      url,
      headers: { accept: 'application/json', ...request.headers },
      ...(request.body === undefined ? {} : { body: request.body }),
    }
    // The last change before it leaves.
    const ready = authKindOf(auth).authorize(outgoing, this.#token, auth)
    const timeout = request.timeoutMs ?? DEFAULT_TIMEOUT_MS
    let response: Dispatcher.ResponseData
    let text: string | undefined
    try {
      response = await send(ready.url, {
        method: ready.method as Dispatcher.HttpMethod,
        headers: ready.headers,
        body: ready.body ?? null,
        dispatcher: agent,
        headersTimeout: timeout,
        bodyTimeout: timeout,
        signal: signal ?? this.signal,
      })
      text = await readBody(response, request.maxBytes)
    } catch (error) {
      this.signal.throwIfAborted()
      throw this.#unavailable(request, networkCode(error), wasSent(error))
    }
    if (text === undefined)
      throw this.#fail(
        'AnswerTooLarge',
        request,
        response.statusCode,
        `answers with more than ${String(request.maxBytes)} bytes; ask for less, raise the endpoint's maxBytes, or move the data with syncFlow`,
      )
    return { status: response.statusCode, headers: response.headers, text }
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
        ? new URL(location, from)
        : undefined
    if (target !== undefined && target.origin !== from.origin) throw this.#foreign(request, target)
    if (target === undefined || request.method !== 'GET' || redirects >= MAX_REDIRECTS)
      throw this.#fail(
        'UpstreamRejected',
        request,
        status,
        `redirects ${redirects >= MAX_REDIRECTS ? 'too often' : 'where no redirect is followed'}; mend the connector's URL`,
      )
    return target
  }

  #foreign(request: UpstreamRequest, url: URL) {
    const { connection } = this
    return createFailure(
      'ForeignOrigin',
      `${connection} ${request.endpoint} leads to ${url.origin}, which is not of this connector: nothing was sent there. If it is right, add it to the connector's origins.`,
      { connection, endpoint: request.endpoint },
    )
  }

  #unavailable(request: UpstreamRequest, code: string, sent: boolean) {
    const { connection } = this
    const { endpoint } = request
    if (sent && !request.repeatable)
      return createFailure(
        'AmbiguousWrite',
        `${connection} ${endpoint}: the outcome of this write is unknown (${code}) and it carries no idempotency key, so it is not repeated. Look whether it was applied, then decide; declare 'idempotency' on the endpoint where the API has a header for it.`,
        { connection, endpoint },
      )
    return createFailure(
      'UpstreamUnavailable',
      `${connection} ${endpoint} can't be reached at the moment (${code}); it is tried again by itself.`,
      { connection, endpoint },
    )
  }

  #fail(
    code: 'CredentialRejected' | 'InsufficientScope' | 'UpstreamRejected' | 'AnswerTooLarge',
    request: UpstreamRequest,
    status: number,
    what: string,
  ) {
    const { connection, accepted, lease } = this
    const { endpoint } = request
    return createFailure(
      code,
      `${connection} answers HTTP ${String(status)} to ${endpoint}: it ${what}.`,
      { connection, endpoint, status, accepted, generation: lease.generation },
    )
  }
}

/** Opens a lease for the requests of one activity execution. */
export async function openSession(
  dependencies: Pick<ActivityDependencies, 'keyring'>,
  resolved: ResolvedConnection,
  lease: Lease,
  signal: AbortSignal,
): Promise<UpstreamSession> {
  const token = await openFields(dependencies.keyring, lease.sealed, {
    connection: resolved.name,
    purpose: 'token',
  })
  return new UpstreamSession(resolved, lease, token, signal)
}

function networkCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return /^[A-Z0-9_]{2,60}$/.test(code) ? code : 'network error'
}
