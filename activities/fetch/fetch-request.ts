import type { ResolvedConnection } from '../connection/resolve-connection.js'
import type { UpstreamRequest } from '../connection/upstream-request.js'
import { createFailure } from '../../src/contract/failure.js'

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
export function toFetchRequest(
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
