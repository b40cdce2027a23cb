import type { IncomingHttpHeaders } from 'node:http'
import type { LimitHeader, LimitTime, LimitTimeForm } from '../../src/connectors/limits.js'
import { atPath } from '../../src/definition/at-path.js'

const LONGEST_MS = 366 * 86_400_000
const NUMBER = /^\d{1,16}(?:\.\d+)?$/
const DATE = /^(?:[A-Za-z]{3,9},? .*\d{2}:\d{2}:\d{2}|\d{4}-\d{2}-\d{2}T\d{2}:\d{2})/
const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/
const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** Milliseconds from now on; undefined for what is not of this form. A moment that has passed is 0. */
export function limitTimeMs(
  text: string | undefined,
  as: LimitTimeForm,
  nowMs: number,
): number | undefined {
  const trimmed = text?.trim() ?? ''
  const ms = rawMs(trimmed, as, nowMs)
  return ms === undefined || Number.isNaN(ms)
    ? undefined
    : Math.min(Math.max(0, Math.ceil(ms)), LONGEST_MS)
}

function rawMs(text: string, as: LimitTimeForm, nowMs: number): number | undefined {
  switch (as) {
    case 'seconds':
      return NUMBER.test(text) ? Number(text) * 1000 : undefined
    case 'milliseconds':
      return NUMBER.test(text) ? Number(text) : undefined
    case 'epoch-seconds':
      return NUMBER.test(text) ? Number(text) * 1000 - nowMs : undefined
    case 'epoch-milliseconds':
      return NUMBER.test(text) ? Number(text) - nowMs : undefined
    case 'date':
      return DATE.test(text) ? Date.parse(text) - nowMs : undefined
    case 'duration': {
      if (!DURATION.test(text)) return undefined
      const parts = text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)
      return [...parts].reduce((sum, [, count, unit = '']) => {
        return sum + Number(count) * (UNITS_MS[unit] ?? 0)
      }, 0)
    }
  }
}

/** Where a time is looked for. */
export interface LimitSource {
  readonly headers: IncomingHttpHeaders
  /** Read only where a rule names a path. */
  readonly text: string
  readonly nowMs: number
}

/** What the first of the rules that finds a time says. */
export function firstTimeMs(rules: readonly LimitTime[], source: LimitSource): number | undefined {
  for (const rule of rules) {
    const texts =
      'body' in rule ? [bodyText(source.text, rule.body)] : headerTexts(source.headers, rule)
    const times = texts.flatMap((text) => limitTimeMs(text, rule.as, source.nowMs) ?? [])
    // Of several limits in one header nobody says which one was reached.
    if (times.length > 0) return Math.max(...times)
  }
  return undefined
}

/** The value of a header, or of each parameter of that name in it: one for each limit that it tells of. */
export function headerTexts(
  headers: IncomingHttpHeaders,
  { header, part }: LimitHeader,
): readonly string[] {
  const value = headers[header.toLowerCase()]
  if (value === undefined) return []
  const texts = Array.isArray(value) ? value : [value]
  if (part === undefined) return texts.slice(0, 1)
  const named = new RegExp(String.raw`(?:^|[,;\s])${part}\s*=\s*"?([^,;"\s]*)`, 'gi')
  return texts.flatMap((text) => [...text.matchAll(named)].map(([, found = '']) => found))
}

function bodyText(text: string, path: string): string | undefined {
  const value = atPath(parseJson(text), path)
  return typeof value === 'number' || typeof value === 'string' ? String(value) : undefined
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
