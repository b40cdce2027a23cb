import type { LimitHeader, LimitTime } from '../../src/connectors/limits.js'
import { scalarText } from '../../src/wire/exact-number.js'
import { headerLines, type HeaderLines } from '../../src/wire/header-lines.js'
import { tryParseJson } from '../../src/wire/json.js'
import { atPath } from '../../src/definition/at-path.js'
import { longestTimeMs } from '../../src/definition/told-time.js'
import { type TimedAnswer, upstreamNowMs } from '../../src/definition/told-wait.js'

/** Where a time is looked for. */
export interface LimitSource extends TimedAnswer {
  /** Read only where a rule names a path. */
  readonly text: string
}

/**
 * What the first of the rules that finds a time says. Of several limits in one header nobody says which
 * one was reached: the longest counts.
 */
export function firstTimeMs(rules: readonly LimitTime[], source: LimitSource): number | undefined {
  const nowMs = upstreamNowMs(source)
  for (const rule of rules) {
    const texts =
      'body' in rule ? bodyTexts(source.text, rule.body) : headerTexts(source.headers, rule)
    const ms = longestTimeMs(texts, rule.as, nowMs)
    if (ms !== undefined) return ms
  }
  return undefined
}

/** The values of a header, or of each parameter of that name in it: one for each limit that it tells of. */
export function headerTexts(
  headers: HeaderLines,
  { header, part }: LimitHeader,
): readonly string[] {
  const texts = headerLines(headers, header)
  if (part === undefined) return texts
  const named = new RegExp(String.raw`(?:^|[,;\s])${part}\s*=\s*"?([^,;"\s]*)`, 'gi')
  return texts.flatMap((text) => [...text.matchAll(named)].map(([, found = '']) => found))
}

function bodyTexts(text: string, path: string): readonly string[] {
  const value = scalarText(atPath(tryParseJson(text), path))
  return value === undefined ? [] : [value]
}
