import { headerLines, type HeaderLines } from '../wire/header-lines.js'
import {
  type LimitTime,
  type RemainingRule,
  type TimedAnswer,
  firstTimeMs,
  headerValues,
  upstreamNowMs,
} from './limit-times.js'
import { longestTimeMs } from './time-form.js'

/** The default rules for what says outright how long to wait; the first that can be read counts. */
const RETRY_AFTER: readonly LimitTime[] = [
  { header: 'retry-after-ms', as: 'milliseconds' },
  { header: 'x-ms-retry-after-ms', as: 'milliseconds' },
  { header: 'retry-after', as: 'any' },
  { header: 'x-retry-after', as: 'any' },
]
type ResetRule = RemainingRule & { readonly reset: NonNullable<RemainingRule['reset']> }
/**
 * The default rules for when a limit is filled up again, in headers that no standard has: nothing but an
 * answer that reports a limit makes that a wait.
 */
const RESETS: readonly ResetRule[] = [
  { header: 'x-ratelimit-remaining', reset: { header: 'x-ratelimit-reset-after', as: 'any' } },
  { header: 'ratelimit-remaining', reset: { header: 'ratelimit-reset', as: 'any' } },
  { header: 'x-ratelimit-remaining', reset: { header: 'x-ratelimit-reset', as: 'any' } },
  { header: 'x-rate-limit-remaining', reset: { header: 'x-rate-limit-reset', as: 'any' } },
]

/** How long `Retry-After` and its like ask to wait: milliseconds, a year at most; undefined: they don't say. */
export function retryAfterMs({ headers, nowMs }: TimedAnswer): number | undefined {
  return firstTimeMs(RETRY_AFTER, { headers, nowMs })
}

/**
 * How long an answer that reports a limit asks to wait: by `Retry-After` and its like, else by the
 * headers that say when the limit is filled up again.
 */
export function limitWaitMs(answer: TimedAnswer): number | undefined {
  return (
    retryAfterMs(answer) ?? rateLimitMs(answer.headers, upstreamNowMs(answer)) ?? resetMs(answer)
  )
}

/** Where several limits are named and it shows which of them are used up, only those make a wait. */
function resetMs(answer: TimedAnswer): number | undefined {
  const { headers } = answer
  const nowMs = upstreamNowMs(answer)
  for (const { reset, ...remaining } of RESETS) {
    const resets = headerValues(headers, reset)
    const left = headerValues(headers, remaining)
    const usedUp = resets.filter((_reset, at) => Number(left[at]) <= 0)
    const meant = left.length === resets.length && usedUp.length > 0 ? usedUp : resets
    const ms = longestTimeMs(meant, reset.as, nowMs)
    if (ms !== undefined) return ms
  }
  return undefined
}

/** How long an answer without a body asks to wait: a limit by any of its headers, others outright only. */
export function askedWaitMs(answer: TimedAnswer): number | undefined {
  return answer.status === 429 ? limitWaitMs(answer) : retryAfterMs(answer)
}

/**
 * The `RateLimit` header of the IETF draft, in its newer form (`"minute";r=0;t=30`) and its older one
 * (`limit=100, remaining=0, reset=30`): of the limits that are used up the longest wait; where none is
 * said to be, the one with the least left. A limit without a time lasts as long as its window in
 * `RateLimit-Policy` (`"minute";q=100;w=60`).
 */
function rateLimitMs(headers: HeaderLines, nowMs: number): number | undefined {
  const policies = headerLines(headers, 'ratelimit-policy').flatMap(membersOf)
  const limits = headerLines(headers, 'ratelimit').flatMap((text) => {
    const members = membersOf(text)
    // The older form is one limit, its parameters written as members.
    const whole = new Map(members.flatMap(({ parameters }) => [...parameters]))
    return members.some(({ parameters }) => parameters.has('t') || parameters.has('r'))
      ? members
      : [{ name: '', parameters: whole }]
  })
  const waits = limits.flatMap(({ name, parameters }) => {
    const window = policies.find((one) => one.name === name)?.parameters.get('w')
    const time = parameters.get('t') ?? parameters.get('reset') ?? window
    const waitMs = longestTimeMs(time === undefined ? [] : [time], 'any', nowMs)
    const left = Number(parameters.get('r') ?? parameters.get('remaining') ?? Number.NaN)
    return waitMs === undefined ? [] : [{ waitMs, left: Number.isNaN(left) ? 0 : left }]
  })
  if (waits.length === 0) return undefined
  const least = Math.max(0, Math.min(...waits.map(({ left }) => left)))
  return Math.max(...waits.filter(({ left }) => left <= least).map(({ waitMs }) => waitMs))
}

interface Member {
  readonly name: string
  readonly parameters: ReadonlyMap<string, string>
}

/** Reads a list of structured fields: `"name";key=value;…, …`. Commas and semicolons inside quotes are text. */
function membersOf(text: string): readonly Member[] {
  return split(text, ',').map((member) => {
    const [name = '', ...rest] = split(member, ';').map((part) => part.trim())
    const members = name.startsWith('"') ? rest : [name, ...rest]
    const pairs = members.flatMap((part) => {
      const at = part.indexOf('=')
      return at < 0
        ? []
        : [[part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).trim()] as const]
    })
    return { name, parameters: new Map(pairs) }
  })
}

function split(text: string, by: ',' | ';'): readonly string[] {
  const parts: string[] = []
  let isQuoted = false
  let from = 0
  for (let at = 0; at <= text.length && parts.length < 100; at += 1) {
    const character = text[at]
    if (character === '"') isQuoted = !isQuoted
    if (at < text.length && (isQuoted || character !== by)) continue
    parts.push(text.slice(from, at))
    from = at + 1
  }
  return parts
}
