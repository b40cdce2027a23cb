import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matchPattern, patternProblem } from '../../../src/auth/login/safe-pattern.js'

describe('a regular expression', () => {
  it.each([
    ['(a)(b)', 'exactly one group'],
    ['abc', 'exactly one group'],
    ['(?=a)(b)', 'looks around'],
    ['(?!a)(b)', 'looks around'],
    ['(?<=a)(b)', 'looks around'],
    ['(?<!a)(b)', 'looks around'],
    ['(a)\\1', 'refers back'],
    ['(?<x>a)\\k<x>', 'refers back'],
    ['(a', 'no regular expression'],
    ['(a)**', 'no regular expression'],
    ['(a{1001})', 'more than 1000 times'],
    ['((?:a{100}){100})', 'more than 1000 times'],
    [`(${'a'.repeat(300)})`, 'longer than 200'],
  ])('%s is refused: %s', (pattern, problem) => {
    expect(patternProblem(pattern)).toContain(problem)
  })

  it.each([
    ['name="csrf" value="([^"]+)"', '<input name="csrf" value="t-1">', 't-1'],
    ['\\(\\d+\\) ([a-z]{2,8})', 'x (12) abc', 'abc'],
    ['[(*+]=([^)]+)', '(=abc)', 'abc'],
    ['(?:token|csrf): (\\S+)', 'csrf: x', 'x'],
    ['(?<token>t-\\d+)', 'x t-7', 't-7'],
    ["(?i)NAME=\"T\" value='([^']*)'", '<input name="t" value=\'v\'>', 'v'],
    ['[(?=]([\\p{L}]+)', '=Grün', 'Grün'],
    ['\\[([^\\]]+)\\]', '[a]', 'a'],
  ])('%s is taken', (pattern, text, found) => {
    expect(patternProblem(pattern)).toBeUndefined()
    expect(matchPattern(pattern, text)).toBe(found)
  })

  it('finds nothing where its group took no part, and behind 64 KiB', () => {
    expect(matchPattern('x|(b)', 'x')).toBeUndefined()
    expect(matchPattern('(b)', `${'a'.repeat(70_000)}b`)).toBeUndefined()
  })

  it.each([
    ['<input[^>]*name="t"[^>]*value="([^"]*)"', '<input '],
    ['(a+)+$', 'a'],
    ['(?:a+)+(b)', 'a'],
    ['(?:a|aa)+(b)', 'a'],
    ['a*a*a*a*a*a*(b)', 'a'],
    ['(?:a?){1000}(b)', 'a'],
    ['(?:.{0,30}){0,30}(b)', 'a'],
    ['([\\s\\S]*)x[\\s\\S]*y', 'x'],
    ['(?:\\w+\\s?)+=([^=]+)=', 'word '],
  ])('%s ends in time on 60 KB of its worst text', (pattern, text) => {
    expect(patternProblem(pattern)).toBeUndefined()
    const startedAt = performance.now()
    matchPattern(pattern, text.repeat(Math.ceil(60_000 / text.length)) + '!')
    // A backtracking engine needs minutes and more; the bound is loose for a busy machine.
    expect(performance.now() - startedAt).toBeLessThan(5000)
  })

  it('that is taken never throws, whatever it is', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (pattern, text) => {
        if (patternProblem(pattern) === undefined) matchPattern(pattern, text)
      }),
    )
  })
})
