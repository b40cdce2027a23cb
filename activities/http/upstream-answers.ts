import type { IncomingHttpHeaders } from 'node:http'
import type { ExpiredRule } from '../../src/connectors/connector.js'
import { atPath } from './at-path.js'
import { retryAfterMs } from '../auth/oauth2/retry-after.js'

/** What an answer of an upstream means. */
export type AnswerMeaning =
  | { readonly means: 'accepted' }
  | { readonly means: 'expired' }
  | { readonly means: 'insufficient-scope' }
  | { readonly means: 'wait'; readonly waitMs: number; readonly reason: string }
  | { readonly means: 'unavailable' }
  | { readonly means: 'redirected' }
  | { readonly means: 'rejected' }

export interface AnswerToRead {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** The body as text, where it could be read. */
  readonly text: string
  readonly expired?: ExpiredRule | undefined
  /** The lease that the request was sent with has ended by now. */
  readonly pastExpiry: boolean
  readonly nowMs: number
}

/** A 429 that does not say how long. */
const DEFAULT_WAIT_MS = 5000

/**
 * The one table of upstream answers (design, section 5). 429 and 5xx are never an auth event; a 403
 * or 404 is one only where the connector says so.
 */
export function readAnswer(answer: AnswerToRead): AnswerMeaning {
  const { status, headers } = answer
  if (saysExpired(answer)) return { means: 'expired' }
  if (status >= 200 && status < 300) return { means: 'accepted' }
  if (status >= 300 && status < 400) return { means: 'redirected' }
  if (status === 401) return { means: 'expired' }
  if (status === 403 && saysInsufficientScope(answer)) return { means: 'insufficient-scope' }
  const wait = retryAfterMs(firstOf(headers['retry-after']), answer.nowMs)
  if (status === 429 || (status === 503 && wait !== undefined))
    return { means: 'wait', waitMs: wait ?? DEFAULT_WAIT_MS, reason: `HTTP ${String(status)}` }
  return { means: status >= 500 ? 'unavailable' : 'rejected' }
}

function saysExpired({ status, headers, text, expired, pastExpiry }: AnswerToRead): boolean {
  if (expired === undefined) return false
  if (expired.status?.includes(status) === true) return true
  if (pastExpiry && expired.statusOncePastExpiry?.includes(status) === true) return true
  const { header, body } = expired
  if (header !== undefined) {
    const value = firstOf(headers[header.name.toLowerCase()])
    if (value?.includes(header.includes) === true) return true
  }
  if (body === undefined) return false
  const value = atPath(parseJson(text), body.path)
  return body.equals.some((one) => one === value)
}

function saysInsufficientScope({ headers, text }: AnswerToRead): boolean {
  const challenge = firstOf(headers['www-authenticate'])
  if (challenge?.includes('insufficient_scope') === true) return true
  return atPath(parseJson(text), 'error') === 'insufficient_scope'
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export function firstOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value
}
