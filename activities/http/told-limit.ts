import type { LimitRules, DetectRule } from '../../src/connectors/limits.js'
import { headerText } from '../../src/wire/header-lines.js'
import { tryParseJson } from '../../src/wire/json.js'
import { atPath } from '../../src/definition/at-path.js'
import { limitWaitMs } from '../../src/definition/told-wait.js'
import { firstTimeMs, type LimitSource } from './limit-times.js'

export interface LimitedAnswer extends LimitSource {
  readonly status: number
  readonly limits?: LimitRules | undefined
}

/** A limit that does not say how long. */
const DEFAULT_WAIT_MS = 5000

/** How long an answer that tells of a limit asks to wait; undefined for every other answer. */
export function toldLimitMs(answer: LimitedAnswer): number | undefined {
  const { status, limits } = answer
  const rule = limits?.detect?.find((one) => isTold(one, answer))
  if (rule !== undefined || status === 429)
    return askedWaitMs(answer) ?? rule?.waitMs ?? DEFAULT_WAIT_MS
  return undefined
}

/** How long an answer asks to wait, where it says so. */
export function askedWaitMs(answer: LimitedAnswer): number | undefined {
  const { limits } = answer
  const ruled = limits?.wait === undefined ? undefined : firstTimeMs(limits.wait, answer)
  return ruled ?? limitWaitMs(answer)
}

function isTold({ status, header, body }: DetectRule, answer: LimitedAnswer): boolean {
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
