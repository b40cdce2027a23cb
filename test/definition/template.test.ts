import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fillTemplate, templateProblem } from '../../src/definition/template.js'

const name = fc.stringMatching(/^[a-z][A-Za-z0-9_]{0,8}$/)
const literal = fc.string().filter((text) => !/[{}]/.test(text))

describe('fillTemplate', () => {
  test('gives the texts between as they are and each value once, whatever it holds', () => {
    const parts = fc.array(fc.tuple(literal, name), { maxLength: 6 })
    const values = fc.dictionary(name, fc.oneof(fc.string(), fc.constant('{a}$&$1{b}')))
    fc.assert(
      fc.property(parts, literal, values, (pieces, end, given) => {
        const valueOf = (one: string): string => (Object.hasOwn(given, one) ? given[one] : '') ?? ''
        const template = pieces.map(([text, one]) => `${text}{${one}}`).join('') + end
        const expected = pieces.map(([text, one]) => text + valueOf(one)).join('') + end
        expect(
          templateProblem(
            template,
            pieces.map(([, one]) => one),
          ),
        ).toBeUndefined()
        expect(fillTemplate(template, valueOf)).toBe(expected)
      }),
    )
  })
})

describe('templateProblem', () => {
  test.each([
    ['{other}', /none of \{user\}, \{token\}/],
    ['{}', /none of/],
    ['{ user }', /none of/],
    ['{user', /brace that belongs to no placeholder/],
    ['user}', /brace that belongs to no placeholder/],
    ['{{user}}', /brace that belongs to no placeholder/],
    ['{user}:{token}}', /brace that belongs to no placeholder/],
  ])('%s', (template, message) => {
    expect(templateProblem(template, ['user', 'token'])).toMatch(message)
  })

  test('does not repeat an unknown placeholder: it may be the secret itself', () => {
    expect(templateProblem('Bearer {canary}', ['key'])).not.toContain('canary')
  })
})
