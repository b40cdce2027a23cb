import { firstHeader, type HeaderLines, headerText } from '../../src/wire/header-lines.js'
import { tryParseJson } from '../../src/wire/json.js'
import type { ExpiredRule } from '../../src/connectors/connector.js'
import { boundWait, longWaitSummary } from '../../src/contract/wait.js'
import type { LimitRules } from '../../src/connectors/limits.js'
import { atPath } from '../../src/definition/at-path.js'
import { retryAfterMs } from '../../src/definition/asked-wait.js'
import { askedWaitMs, detectedLimitMs } from '../limits/rate-limit.js'

/** What an answer of an upstream means. */
export type AnswerMeaning =
  | { readonly outcome: 'accepted' }
  | { readonly outcome: 'expired' }
  | { readonly outcome: 'insufficient-scope' }
  /** `limit`: of the whole connection. `outage`: the upstream is out of order and says for how long. */
  | {
      readonly outcome: 'wait'
      readonly by: 'limit' | 'outage'
      readonly waitMs: number
      readonly reason: string
    }
  | { readonly outcome: 'unavailable' }
  | { readonly outcome: 'redirected' }
  | { readonly outcome: 'rejected' }

export interface AnswerToRead {
  readonly status: number
  readonly headers: HeaderLines
  /** The body as text, where it could be read. */
  readonly text: string
  readonly expired?: ExpiredRule | undefined
  readonly limits?: LimitRules | undefined
  /** The stored expiry of the token that the request was sent with has passed by now. */
  readonly pastExpiry: boolean
  readonly nowMs: number
}

/**
 * The one table of upstream answers. A reported limit and 5xx are never an auth event;
 * a 403 or 404 is one only where the connector says so.
 */
export function readAnswer(answer: AnswerToRead): AnswerMeaning {
  const { status, headers } = answer
  const limitMs = detectedLimitMs(answer)
  if (limitMs !== undefined) return wait('limit', answer, limitMs)
  if (status === 401 || saysExpired(answer)) return { outcome: 'expired' }
  if (status >= 200 && status < 300) return { outcome: 'accepted' }
  if (status >= 300 && status < 400) return { outcome: 'redirected' }
  if (status === 403 && saysInsufficientScope(answer)) return { outcome: 'insufficient-scope' }
  const asked = retryAfterMs(answer)
  if (status === 503 && asked !== undefined) return wait('outage', answer, asked)
  if (status === 403 && firstHeader(headers, 'x-ratelimit-remaining') === '0') {
    // GitHub reports a used-up limit so.
    const askedMs = askedWaitMs(answer)
    if (askedMs !== undefined) return wait('limit', answer, askedMs)
  }
  return { outcome: status >= 500 ? 'unavailable' : 'rejected' }
}

function wait(
  by: 'limit' | 'outage',
  { status, limits }: AnswerToRead,
  askedMs: number,
): AnswerMeaning {
  const bounded = boundWait(askedMs, limits?.maxWaitMs)
  const note = longWaitSummary(bounded)
  const reason = `HTTP ${status}${note === undefined ? '' : `, ${note}`}`
  return { outcome: 'wait', by, waitMs: bounded.waitMs, reason }
}

function saysExpired(answer: AnswerToRead): boolean {
  const { status, headers, expired, pastExpiry } = answer
  if (expired === undefined) return false
  if (expired.status?.includes(status) === true) return true
  if (pastExpiry && expired.statusOncePastExpiry?.includes(status) === true) return true
  const { header, body, html } = expired
  const ok = status >= 200 && status < 300
  if (html === true && ok && /\bhtml\b/i.test(firstHeader(headers, 'content-type') ?? ''))
    return true
  if (header !== undefined) {
    const value = headerText(headers, header.name) ?? ''
    if (value.includes(header.includes)) return true
  }
  if (body === undefined) return false
  const value = atPath(tryParseJson(answer.text), body.path)
  return body.equals.some((one) => one === value)
}

function saysInsufficientScope(answer: AnswerToRead): boolean {
  const challenge = headerText(answer.headers, 'www-authenticate') ?? ''
  if (challenge.includes('insufficient_scope')) return true
  return atPath(tryParseJson(answer.text), 'error') === 'insufficient_scope'
}
