import { LONGEST_ASKED_MS } from '../contract/wait.js'
import { scalarText } from '../wire/exact-number.js'
import { type HeaderLines, headerLines } from '../wire/header-lines.js'
import { atPath } from './at-path.js'
import { parseDate } from './parse-date.js'
import { type TimeForm, listed, longestTimeMs } from './time-form.js'

/** An answer as far as its times are read. */
export interface TimedAnswer {
  readonly status?: number | undefined
  readonly headers: HeaderLines
  /** When it came, by this machine's clock: milliseconds since the epoch. */
  readonly nowMs: number
  /** The body's JSON, read only where a rule names a path. */
  readonly body?: (() => unknown) | undefined
}

/**
 * The upstream's clock at the moment of an answer, by the answer's own `Date` and `Age`; moments in an
 * answer are compared with it, not with this machine's clock. Where it has no `Date`, or one that is
 * more than a year off, this machine's clock has to do.
 */
export function upstreamNowMs({ headers, nowMs }: TimedAnswer): number {
  const [dateMs] = headerLines(headers, 'date')
    .flatMap(listed)
    .flatMap((text) => parseDate(text.trim()) ?? [])
  if (dateMs === undefined || Math.abs(dateMs - nowMs) > LONGEST_ASKED_MS) return nowMs
  const ageSeconds = Number(headerLines(headers, 'age')[0] ?? 0)
  return ageSeconds > 0 && ageSeconds <= LONGEST_ASKED_MS / 1000
    ? dateMs + ageSeconds * 1000
    : dateMs
}

/**
 * The time that the first matching rule finds. A header may hold several limits without saying which of them
 * was reached: then the longest counts.
 */
export function firstTimeMs(rules: readonly LimitTime[], answer: TimedAnswer): number | undefined {
  const nowMs = upstreamNowMs(answer)
  for (const rule of rules) {
    const texts =
      'body' in rule ? bodyTexts(answer.body?.(), rule.body) : headerTexts(answer.headers, rule)
    const ms = longestTimeMs(texts, rule.as, nowMs)
    if (ms !== undefined) return ms
  }
  return undefined
}

/** The values of a header, or of each parameter of that name in it, one for each limit that it is about. */
export function headerValues(headers: HeaderLines, rule: LimitHeader): readonly string[] {
  return headerTexts(headers, rule).flatMap(listed)
}

function headerTexts(headers: HeaderLines, { header, part }: LimitHeader): readonly string[] {
  const texts = headerLines(headers, header)
  if (part === undefined) return texts
  const named = new RegExp(String.raw`(?:^|[,;\s])${part}\s*=\s*"?([^,;"\s]*)`, 'gi')
  return texts.flatMap((text) => [...text.matchAll(named)].map(([, found = '']) => found))
}

function bodyTexts(body: unknown, path: string): readonly string[] {
  const value = scalarText(atPath(body, path))
  return value === undefined ? [] : [value]
}

/** A header, or one parameter of it: `{ header: 'RateLimit', part: 'reset' }` of `limit=100, remaining=50, reset=30`. */
export interface LimitHeader {
  /** @example header: 'RateLimit' */
  readonly header: string
  /** @example part: 'remaining' */
  readonly part?: string | undefined
}

/** A time in a header, or by path in a JSON body (`error.retry_after`). */
export type LimitTime = (LimitHeader | { readonly body: string }) & { readonly as: TimeForm }

export interface RemainingRule extends LimitHeader {
  /**
   * `number`: so many are left. `used/limit`: as `39/40` (Shopify, Salesforce). Default `number`.
   * @example as: 'used/limit'
   */
  readonly as?: 'number' | 'used/limit' | undefined
  /**
   * Where the answer names the whole limit. Once less than a tenth of it is left, requests are spread over the time to the reset.
   * @example limit: { header: 'X-RateLimit-Limit' }
   */
  readonly limit?: LimitHeader | undefined
  /**
   * When it is filled up again. Without it, what the budget gives back is waited for.
   * @example reset: { header: 'X-RateLimit-Reset', as: 'epoch-seconds' }
   */
  readonly reset?: (LimitHeader & { readonly as: TimeForm }) | undefined
}
