import { AsyncLocalStorage } from 'node:async_hooks'
import type { Context } from '@temporalio/activity'
import type { Response } from 'undici'
import { DEFAULT_ACCOUNT } from '../../src/contract/connection-ref.js'
import { createFailure } from '../../src/contract/failure.js'
import { LeaseExpired } from '../keeper/confirmed-leases.js'
import { UpstreamWait } from '../runtime/upstream-wait.js'
import type { Keeper } from '../keeper/keeper.js'
import type { ResolvedConnection } from '../connection/resolve-connection.js'
import type { UpstreamRequest } from '../connection/upstream-request.js'
import { createBufferedResponse } from './buffered-response.js'
import { freshTokenRejected } from './fetch-failures.js'
import { FetchSessions } from './fetch-sessions.js'
import { type WorkerFetchOptions, WorkerLeases } from './worker-leases.js'

/** As `fetch`: a path is below the connector's base URL, an absolute URL must be of its origins. */
export type AuthorizedFetch = (path: string | URL, init?: AuthorizedFetchInit) => Promise<Response>

export interface AuthorizedFetchOptions {
  /**
   * How long a request waits for a connection that is not usable, milliseconds or `'10 seconds'`; then
   * it fails as `ConnectionNotUsable`. Default: 30 seconds, less where the activity's own timeout is
   * near; then it fails as `UpstreamUnavailable`, and Temporal tries the activity again.
   * @example maxWait: '10 seconds'
   */
  readonly maxWait?: string | number | undefined
}

const execution = new AsyncLocalStorage<FetchSessions>()
/** So often one request is refused with one generation before it is said to be that request. */
const MAX_REFUSALS = 3

/**
 * A `fetch` with the connection's credential, for the user's own activities. Answers come as they are,
 * but an expired credential is renewed and the request sent again. Redirects are followed for GET
 * within the origin only.
 * @throws ApplicationFailure `NoKeyHere` where this worker can't open leases, `ForeignOrigin`,
 * `FreshTokenRejected`, `ConnectionRevoked`, `ConnectionNotUsable` (after `maxWait`), `UnknownConnector`, `RateLimited` (retryable, when the limit is over), `UpstreamUnavailable` (retryable), `AmbiguousWrite` (a
 * POST or PATCH without `repeatable` whose outcome is unknown), `AnswerTooLarge`
 */
export function authorizedFetch(
  connector: string,
  account: string = DEFAULT_ACCOUNT,
  { maxWait }: AuthorizedFetchOptions = {},
): AuthorizedFetch {
  const connection = `${connector}/${account}`
  return async (path, init = {}) => {
    const sessions = execution.getStore()
    if (sessions === undefined || !sessions.hasKey) throw noKeyHere(connection)
    const resolved = sessions.resolve(connection)
    const patience = sessions.patience(connection, maxWait)
    let refused = { generation: 0, times: 0 }
    for (;;) {
      const session = await sessions.session(resolved, patience)
      try {
        // Values of the lease may stand in the base URL.
        const request = toFetchRequest(session.resolved, path, init)
        const { answer, meaning } = await session.ask(request, init.signal)
        if (meaning.outcome !== 'expired') {
          const { status, headers, body } = answer
          return createBufferedResponse(status, headers, body)
        }
        const { generation } = session.lease
        refused = { generation, times: refused.generation === generation ? refused.times + 1 : 1 }
        await sessions.reject(session, answer.status, request.method)
        // Its token workflow has found nothing wrong with the credential, and it is refused all the same.
        if (refused.times >= MAX_REFUSALS)
          throw freshTokenRejected(connection, generation, answer.status)
      } catch (error) {
        if (error instanceof UpstreamWait) await sessions.waitOut(error)
        // It died between being taken and being used: nothing was sent.
        else if (!(error instanceof LeaseExpired)) throw error
      }
    }
  }
}

/**
 * What makes {@link authorizedFetch} work inside a worker's activities: an interceptor for
 * `interceptors.activity`. Leases are shared by the worker; opened ones live as long as one activity.
 */
export function createAuthorizedFetchInterceptor(keeper: Keeper, options: WorkerFetchOptions = {}) {
  const leases = new WorkerLeases(keeper, options)
  return (context: Context) => {
    const keepDetails = rememberHeartbeats(context)
    return {
      inbound: {
        execute: <Input, Result>(
          input: Input,
          next: (input: Input) => Promise<Result>,
        ): Promise<Result> =>
          execution.run(new FetchSessions(keeper, leases, context, keepDetails), () => next(input)),
      },
    }
  }
}

/** A heartbeat of ours must not overwrite the details that the user's own activity has recorded. */
function rememberHeartbeats(context: Context): () => void {
  let last: unknown = context.info.heartbeatDetails
  const beat = context.heartbeat
  Object.assign(context, {
    heartbeat: (details?: unknown) => {
      last = details
      beat(details)
    },
  })
  return () => {
    beat(last)
  }
}

function noKeyHere(connection: string) {
  return createFailure(
    'NoKeyHere',
    `authorizedFetch can't open leases of ${connection} on this worker: give it the key and the connectors (new TokenkeeperPlugin({ connectors, privateKeys })), or call through the keeper worker instead: connection(...).call(...) in the workflow.`,
    { connection },
  )
}

/** A part of `RequestInit`, and what of it tokenkeeper has to know. */
export interface AuthorizedFetchInit {
  /**
   * Default `GET`.
   * @example method: 'POST'
   */
  readonly method?: string | undefined
  /** @example headers: { 'Content-Type': 'application/json' } */
  readonly headers?:
    Readonly<Record<string, string>> | Iterable<readonly [string, string]> | undefined
  /** @example body: JSON.stringify({ note }) */
  readonly body?: string | URLSearchParams | undefined
  /** @example signal: AbortSignal.timeout(5_000) */
  readonly signal?: AbortSignal | undefined
  /**
   * Sending it twice does no harm. Default: by the method, and true with an `Idempotency-Key` header.
   * Other requests fail as `AmbiguousWrite` when their outcome is unknown.
   */
  readonly repeatable?: boolean | undefined
  /**
   * Of the answer. Default 8 MiB.
   * @example maxBytes: 1_048_576
   */
  readonly maxBytes?: number | undefined
  /**
   * Default 30,000.
   * @example timeoutMs: 10_000
   */
  readonly timeoutMs?: number | undefined
}

const MAX_BYTES = 8 * 1024 * 1024

/** @throws ApplicationFailure `InvalidInput` */
function toFetchRequest(
  resolved: ResolvedConnection,
  path: string | URL,
  init: AuthorizedFetchInit,
): UpstreamRequest {
  const method = (init.method ?? 'GET').toUpperCase()
  const headers = lowerCased(init.headers)
  const { body } = init
  if (body !== undefined)
    headers['content-type'] ??=
      typeof body === 'string'
        ? 'text/plain;charset=UTF-8'
        : 'application/x-www-form-urlencoded;charset=UTF-8'
  const repeatable =
    init.repeatable ?? ((method !== 'POST' && method !== 'PATCH') || 'idempotency-key' in headers)
  return {
    endpoint: method,
    method,
    url: toUrl(resolved, path),
    headers,
    body: body === undefined ? undefined : String(body),
    repeatable,
    maxBytes: init.maxBytes ?? MAX_BYTES,
    timeoutMs: init.timeoutMs,
  }
}

/** Whose credential may go there is checked before it is sent. */
function toUrl(resolved: ResolvedConnection, path: string | URL): URL {
  if (path instanceof URL) return path
  const isAbsolute = /^[a-z][a-z0-9+.-]*:/i.test(path)
  const base = resolved.baseText.replace(/\/$/, '')
  const text = isAbsolute ? path : `${base}${/^[/?]/.test(path) ? '' : '/'}${path}`
  try {
    return new URL(text)
  } catch {
    throw createFailure(
      'InvalidInput',
      `${resolved.name}: authorizedFetch was given no URL or path.`,
      { connection: resolved.name },
    )
  }
}

function lowerCased(headers: AuthorizedFetchInit['headers'] = {}): Record<string, string> {
  const entries: Iterable<readonly [string, string]> =
    Symbol.iterator in headers ? headers : Object.entries(headers)
  return Object.fromEntries([...entries].map(([name, value]) => [name.toLowerCase(), value]))
}
