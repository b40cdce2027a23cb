import type { LimitHeader, RemainingRule } from '../../src/connectors/limits.js'
import { listed, toldTimeMs } from '../../src/definition/told-time.js'
import { type TimedAnswer, upstreamNowMs } from '../../src/definition/told-wait.js'
import { headerTexts } from './limit-times.js'

/** What an answer says is left of a limit. */
export interface LeftOfLimit {
  readonly left: number
  /** The whole, where it is told. */
  readonly of?: number
  /** When it is filled up again, from now on. */
  readonly resetInMs?: number
}

/** What an answer tells of each limit; of several in one header, of each. */
export function leftOfLimits(
  rules: readonly RemainingRule[],
  answer: TimedAnswer,
): readonly LeftOfLimit[] {
  const { headers } = answer
  const nowMs = upstreamNowMs(answer)
  const values = (header: LimitHeader): readonly string[] =>
    headerTexts(headers, header).flatMap(listed)
  return rules.flatMap((rule) => {
    const wholes = rule.limit === undefined ? [] : values(rule.limit)
    const { reset } = rule
    const resets = reset === undefined ? [] : values(reset)
    return values(rule).flatMap((text, index) => {
      const [left, whole] = readLeft(text, rule.as ?? 'number')
      if (left === undefined) return []
      const of = whole ?? readNumber(wholes[index])
      const resetInMs = reset && toldTimeMs(resets[index], reset.as, nowMs)
      return {
        left,
        ...(of === undefined ? {} : { of }),
        ...(resetInMs === undefined ? {} : { resetInMs }),
      }
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
