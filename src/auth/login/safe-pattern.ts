import { RE2JS } from 're2js'

const MAX_PATTERN = 200
/** Characters of an answer that a pattern looks at. */
const MAX_PATTERN_TEXT = 65_536

/**
 * Says why a regular expression is not taken, or nothing. The syntax is RE2's, which is read in linear
 * time: it has no lookaround and no reference back to a group.
 */
export function patternProblem(pattern: string): string | undefined {
  if (pattern.length > MAX_PATTERN) return `is longer than ${MAX_PATTERN} characters`
  const compiled = compile(pattern)
  if (compiled === undefined) return unsupported(pattern)
  return compiled.groupCount() === 1 ? undefined : 'must have exactly one group: (…)'
}

/** What the group holds, where the pattern matches in the first 64 KiB of a text. */
export function matchPattern(pattern: string, text: string): string | undefined {
  const matcher = compile(pattern)?.matcher(text.slice(0, MAX_PATTERN_TEXT))
  return matcher?.find() === true ? (matcher.group(1) ?? undefined) : undefined
}

function compile(pattern: string): RE2JS | undefined {
  try {
    return RE2JS.compile(pattern)
  } catch {
    return undefined
  }
}

/** In words of our own: the library's would repeat the pattern. */
function unsupported(pattern: string): string {
  // What is escaped or in a class is one plain character here.
  const plain = pattern.replaceAll(/\\[^1-9k]/gs, 'x').replaceAll(/\[[^\]]*\]/g, 'x')
  if (/\(\?<?[=!]/.test(plain)) return 'looks around, which takes no bounded time (RE2 has none)'
  if (/\\[1-9k]/.test(plain))
    return 'refers back to a group, which takes no bounded time (RE2 has none)'
  return 'is no regular expression of RE2, or repeats more than 1000 times'
}
