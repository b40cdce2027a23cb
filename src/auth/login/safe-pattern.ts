import { runInNewContext } from 'node:vm'

const MAX_PATTERN = 200
const MAX_TEXT = 65_536
const MAX_MS = 2000
const MAX_UNBOUNDED = 3

const BACK = /^\\[1-9k]/

/** Says why a regular expression is not taken: it could run for ever, or has not the one group; or nothing. */
export function patternProblem(pattern: string): string | undefined {
  if (pattern.length > MAX_PATTERN) return `is longer than ${MAX_PATTERN} characters`
  try {
    new RegExp(pattern, 'u')
  } catch {
    return 'is no regular expression'
  }
  // What is escaped or in a class is one plain character to the rules below.
  const plain = pattern
    .replaceAll(/\\(?:[pP]\{[^}]*\}|u\{[^}]*\}|.)/gs, (escape) => BACK.exec(escape)?.[0] ?? 'x')
    .replaceAll(/\[[^\]]*\]/g, 'x')
  if (plain.includes('\\')) return 'refers back to a group'
  if (/\(\?(?!:)/.test(plain)) return 'looks around or names a group'
  if ((plain.match(/\((?!\?)/g) ?? []).length !== 1) return 'must have exactly one group: (…)'
  if (/\)[*+?{]/.test(plain)) return 'repeats a group'
  const unbounded = plain.match(/[*+]|\{\d+,\}/g) ?? []
  return unbounded.length > MAX_UNBOUNDED
    ? `has more than ${MAX_UNBOUNDED} unbounded repetitions`
    : undefined
}

/** What the group holds; nothing where it does not match, or not within two seconds, which a busy machine may take for less. */
export function matchPattern(pattern: string, text: string): string | undefined {
  const box = { pattern: new RegExp(pattern, 'u'), text: text.slice(0, MAX_TEXT) }
  try {
    const found = runInNewContext('pattern.exec(text)', box, {
      timeout: MAX_MS,
    }) as RegExpExecArray | null
    return found?.[1]
  } catch {
    return undefined
  }
}
