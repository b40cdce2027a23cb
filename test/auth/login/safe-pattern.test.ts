import { describe, expect, it } from 'vitest'
import { matchPattern, patternProblem } from '../../../src/auth/login/safe-pattern.js'

describe('a regular expression', () => {
  it.each([
    ['(a+)+b', 'repeats a group'],
    ['(a|aa)*', 'repeats a group'],
    ['(?:a+)+(b)', 'repeats a group'],
    ['(a){2,}', 'repeats a group'],
    ['(a)(b)', 'exactly one group'],
    ['abc', 'exactly one group'],
    ['(?<name>a)', 'looks around or names a group'],
    ['(?=a)(b)', 'looks around or names a group'],
    ['(a)\\1', 'refers back'],
    ['a*b*c*d*(e)', 'more than 3 unbounded'],
    ['(a', 'no regular expression'],
    [`(${'a'.repeat(300)})`, 'longer than 200'],
  ])('%s is refused: %s', (pattern, problem) => {
    expect(patternProblem(pattern)).toContain(problem)
  })

  it.each([
    ['name="csrf" value="([^"]+)"', '<input name="csrf" value="t-1">', 't-1'],
    ['\\(\\d+\\) ([a-z]{2,8})', 'x (12) abc', 'abc'],
    ['[(*+]=([^)]+)', '(=abc)', 'abc'],
    ['(?:token|csrf): (\\S+)', 'csrf: x', 'x'],
  ])('%s is taken', (pattern, text, found) => {
    expect(patternProblem(pattern)).toBeUndefined()
    expect(matchPattern(pattern, text)).toBe(found)
  })

  it('ends in time, whatever the text', () => {
    // Three unbounded repetitions that may split 64 KiB anyhow: allowed, and hopeless.
    expect(patternProblem('a*a*a*(b)')).toBeUndefined()
    expect(matchPattern('a*a*a*(b)', 'a'.repeat(100_000))).toBeUndefined()
    // A nested one, which a definition can't have, would take for ever.
    expect(matchPattern('(?:a+)+(b)', 'a'.repeat(100_000))).toBeUndefined()
  }, 60_000)
})
