import type { DetectRule, LimitRules } from '../../src/connectors/limits.js'
import { atPath } from '../../src/definition/at-path.js'
import {
  type RemainingRule,
  type TimedAnswer,
  firstTimeMs,
  headerValues,
  upstreamNowMs,
} from '../../src/definition/limit-times.js'
import { readTimeMs } from '../../src/definition/time-form.js'
import { limitWaitMs } from '../../src/definition/asked-wait.js'
import { headerText } from '../../src/wire/header-lines.js'
import { tryParseJson } from '../../src/wire/json.js'

/** An answer, and the rules of its connector by which limits in it are found. */
export interface LimitedAnswer extends Omit<TimedAnswer, 'body'> {
  readonly status: number
  readonly text: string
  readonly limits?: LimitRules | undefined
}

/** A limit that does not say how long. */
const DEFAULT_WAIT_MS = 5000

/** How long an answer that reports a limit asks to wait; undefined for every other answer. */
export function detectedLimitMs(answer: LimitedAnswer): number | undefined {
  const { status, limits } = answer
  const rule = limits?.detect?.find((one) => isDetected(one, answer))
  if (rule !== undefined || status === 429)
    return askedWaitMs(answer) ?? rule?.waitMs ?? DEFAULT_WAIT_MS
  return undefined
}

/** How long an answer asks to wait, where it says so: by the connector's rules, else by the default ones. */
export function askedWaitMs(answer: LimitedAnswer): number | undefined {
  const { headers, nowMs, limits } = answer
  const body = (): unknown => tryParseJson(answer.text)
  return firstTimeMs(limits?.wait ?? [], { headers, nowMs, body }) ?? limitWaitMs(answer)
}

function isDetected({ status, header, body }: DetectRule, answer: LimitedAnswer): boolean {
  if (!status.includes(answer.status)) return false
  if (header !== undefined) {
    const value = headerText(answer.headers, header.name) ?? ''
    const fits = 'equals' in header ? value === header.equals : value.includes(header.includes)
    if (!fits) return false
  }
  if (body === undefined) return true
  if (!('path' in body)) return answer.text.includes(body.includes)
  const value = atPath(tryParseJson(answer.text), body.path)
  return 'equals' in body
    ? body.equals.some((one) => one === value)
    : typeof value === 'string' && value.includes(body.includes)
}

/** What an answer says is left of a limit. */
export interface LeftOfLimit {
  readonly left: number
  /** The whole, where the answer says it. */
  readonly of?: number | undefined
  /** When it is filled up again, from now on. */
  readonly resetInMs?: number | undefined
}

/** What an answer says about each limit; several may stand in one header. */
export function leftOfLimits(
  rules: readonly RemainingRule[],
  answer: TimedAnswer,
): readonly LeftOfLimit[] {
  const { headers } = answer
  const nowMs = upstreamNowMs(answer)
  return rules.flatMap((rule) => {
    const { limit, reset, as = 'number' } = rule
    const wholes = limit === undefined ? [] : headerValues(headers, limit)
    const resets = reset === undefined ? [] : headerValues(headers, reset)
    return headerValues(headers, rule).flatMap((text, index) => {
      const [left, whole] = readLeft(text, as)
      if (left === undefined) return []
      const resetInMs = reset && readTimeMs(resets[index], reset.as, nowMs)
      return { left, of: whole ?? readNumber(wholes[index]), resetInMs }
    })
  })
}

function readLeft(
  text: string,
  as: NonNullable<RemainingRule['as']>,
): readonly [left?: number | undefined, of?: number | undefined] {
  if (as === 'number') return [readNumber(text)]
  const [, used, of] = /^\s*(\d{1,15})\s*\/\s*(\d{1,15})\s*$/.exec(text) ?? []
  if (used === undefined) return []
  return [Math.max(0, Number(of) - Number(used)), Number(of)]
}

function readNumber(text: string | undefined): number | undefined {
  const trimmed = text?.trim() ?? ''
  return /^-?\d{1,15}(?:\.\d+)?$/.test(trimmed) ? Math.max(0, Number(trimmed)) : undefined
}
