import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  toCode,
  toMarkdown,
  toPlain,
  toPlainJson,
  toSummary,
} from '../../src/contract/foreign-text.js'
import { foreign, kinds, markdownIt, NASTY } from './markdown-kinds.js'

const CONTEXTS: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => `${text}\n${text}`,
  (text) => `### a/x: ${text}`,
  (text) => `**Note:** ${text}`,
  (text) => `account **x${text}x** · scope ${text}`,
  (text) => `- 2026-11-29 ${text}, ${text}\n- ${text}`,
]

describe('foreign text in Markdown', () => {
  const plainKinds = CONTEXTS.map((context) => kinds(context('x')))

  test.each(NASTY)('%j is text', (text) => {
    for (const [index, context] of CONTEXTS.entries())
      expect(kinds(context(toMarkdown(`x${text}`)))).toEqual(plainKinds[index])
    expect(kinds(toMarkdown(text) || 'x')).toEqual(plainKinds[0])
  })

  test('whatever it is made of, it is text for every reader', () => {
    fc.assert(
      fc.property(foreign, fc.nat(CONTEXTS.length - 1), (text, index) => {
        const shown = toMarkdown(text)
        fc.pre(shown !== '')
        expect(kinds((CONTEXTS[index] ?? String)(shown))).toEqual(plainKinds[index])
      }),
      { numRuns: 1000 },
    )
  })

  test('the words stay', () => {
    expect(markdownIt.renderInline(toMarkdown('order 7 of "Müller & Söhne" (2.5 %)'))).toBe(
      'order 7 of “Müller &amp; Söhne” (2.5 %)',
    )
  })

  test('without these rules the parsers do make links', () => {
    expect(kinds('https://evil.example')).not.toEqual(plainKinds[0])
    expect(kinds('https\\://evil.example')['remark']).toContain('link')
  })
})

test('an id or a command is code, and nothing but code', () => {
  const plain = kinds(`run ${toCode('x')}, ${toCode('x')}`)
  expect(plain['remark']).toEqual(['inlineCode', 'paragraph', 'root'])
  fc.assert(
    fc.property(foreign, (text) => {
      expect(kinds(`run ${toCode(text)}, ${toCode(text)}`)).toEqual(plain)
    }),
  )
  expect(toCode('npx tokenkeeper connect shop/a@b.example')).toBe(
    '`npx tokenkeeper connect shop/a@b.example`',
  )
})

test('a summary is short enough for the server, whatever is in it', () => {
  const long = fc.oneof(foreign, fc.string({ unit: 'binary', minLength: 300, maxLength: 3000 }))
  fc.assert(
    fc.property(long, (text) => {
      expect(Buffer.byteLength(toSummary(text))).toBeLessThanOrEqual(350)
    }),
  )
  expect(toSummary('shopify/acme orders.list')).toBe('shopify/acme orders\\.list')
})

/** What no terminal may get. */
const FORBIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/u

describe('foreign text on a terminal', () => {
  test.each([
    ['\u001b]0;owned\u0007', ' ]0;owned '],
    ['\u009b31mred\u009b0m', ' 31mred 0m'],
    ['a\r\nb\tc', 'a b c'],
    ['\u202eevil\u202c \u2066x\u2069\u200f', 'evil x'],
    ['a\u2028b\u2029c\u0085d', 'a b c d'],
    ['\ud800x', '\ufffdx'],
    ['de\u007fl', 'de l'],
    ['tag\u{e0041}\u{e0042}', 'tag'],
    ['shop\u200bify', 'shopify'],
    ['Ünïcode 日本語 🦊', 'Ünïcode 日本語 🦊'],
  ])('%j is shown as %j', (text, shown) => {
    expect(toPlain(text)).toBe(shown)
  })

  test('is one line of visible characters, cut where it is long', () => {
    fc.assert(
      fc.property(foreign, fc.integer({ min: 1, max: 80 }), (text, max) => {
        const shown = toPlain(text, max)
        expect(shown).not.toMatch(FORBIDDEN)
        expect(Array.from(shown).length).toBeLessThanOrEqual(max)
      }),
    )
    expect(toPlain('é'.repeat(5_000_000), 10)).toBe(`${'é'.repeat(9)}…`)
    expect(toPlain(`a${'\u0301'.repeat(50)}`)).toBe(`a${'\u0301'.repeat(4)}`)
  })
})

test('JSON for a terminal reads as the same value, and holds nothing that a terminal obeys', () => {
  fc.assert(
    fc.property(
      fc.dictionary(foreign, fc.oneof(foreign, fc.integer(), fc.array(foreign))),
      (value) => {
        const text = toPlainJson(value)
        expect(text).not.toMatch(FORBIDDEN)
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
      },
    ),
  )
})
