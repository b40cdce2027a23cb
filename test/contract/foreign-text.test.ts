import fc from 'fast-check'
import MarkdownIt from 'markdown-it'
import { marked, type Token, type Tokens } from 'marked'
import remarkGfm from 'remark-gfm'
import remarkParse from 'remark-parse'
import { unified } from 'unified'
import { describe, expect, test } from 'vitest'
import { toMarkdown, toPlain, toPlainJson, toSummary } from '../../src/contract/foreign-text.js'

const remark = unified().use(remarkParse).use(remarkGfm)
const markdownIt = new MarkdownIt({ html: true, linkify: true, typographer: true })

interface Node {
  readonly type: string
  readonly children?: readonly Node[]
}

function typesOf(node: Node): string[] {
  return [node.type, ...(node.children ?? []).flatMap(typesOf)]
}

function markedTypes(tokens: readonly Token[]): string[] {
  return tokens.flatMap((token) => {
    const { tokens: inner = [] } = token as Tokens.Generic
    const items = token.type === 'list' ? (token as Tokens.List).items : []
    return [token.type, ...markedTypes(inner), ...markedTypes(items)]
  })
}

/** Kinds of nodes by three parsers: the one of the Web UI (remark with GFM), and two that are more eager. */
function kinds(markdown: string): Record<string, string[]> {
  const tree = remark.runSync(remark.parse(markdown)) as Node
  const flat = markdownIt.parse(markdown, {}).flatMap((token) => [token, ...(token.children ?? [])])
  const told = (types: readonly string[]): string[] =>
    [...new Set(types)].filter((type) => !['text', 'escape', 'text_special'].includes(type)).sort()
  return {
    remark: told(typesOf(tree)),
    markdownIt: told(flat.map((token) => token.type)),
    marked: told(markedTypes(marked.lexer(markdown))),
  }
}

const CONTEXTS: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => `${text}\n${text}`,
  (text) => `### a/x: ${text}`,
  (text) => `**Note:** ${text}`,
  (text) => `account **x${text}x** · scope ${text}`,
  (text) => `- 2026-11-29 ${text}, ${text}\n- ${text}`,
]

const NASTY = [
  '[Session expired: sign in again](https://evil.example/login)',
  'https://evil.example/login',
  'HTTP://EVIL.EXAMPLE',
  'www.evil.example',
  'mail@evil.example',
  'mailto:mail@evil.example',
  'xmpp:a@evil.example',
  'ftp://evil.example',
  '//evil.example',
  'evil.example/login',
  'evil.com',
  '<https://evil.example>',
  '![x](https://evil.example/x.png)',
  '[x]: https://evil.example',
  '[^1]: note',
  '[^1]',
  '# heading',
  'heading\n===',
  'heading\n---',
  '---',
  '***',
  '> quoted',
  '- item',
  '+ item',
  '1. item',
  '1) item',
  '    code',
  '```\ncode\n```',
  '~~~',
  '`code`',
  '| a | b |\n|---|---|\n| c | d |',
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<!-- -->',
  '&lt;b&gt;',
  '&#91;x&#93;&#40;https&#58;//evil.example&#41;',
  '**bold**',
  '~~gone~~',
  '_it_',
  '- [ ] task',
  'line  \nbreak',
  'line\\\nbreak',
  '\\[x\\]\\(https://evil.example\\)',
  '\\',
  '\u202egnp.exe',
  'https\u200b://evil.example',
  'ht\u00adtps://evil.example',
  'www\u200d.evil.example',
  'a\u2060@evil.example',
  'https:\u0000//evil.example',
  'https:/\u200b/evil.example',
  'https:///evil.example',
  'www..evil.example',
  'wwwwww.evil.example',
  '\t\tcode',
  '\u2028# heading',
  '\u0085# heading',
  '\ud800',
]

/** Runs of word characters are left in peace, all that means something is mixed. */
const piece = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...NASTY) },
  fc.constantFrom('https', 'http', ':', '/', '//', '@', 'www', '.', 'evil.com', '[', ']', '(', ')'),
  fc.constantFrom('\n', '\n\n', ' ', '  ', '\t', '\\', '`', '*', '_', '<', '>', '#', '|', '&', ';'),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
)
const foreign = fc.array(piece, { minLength: 1, maxLength: 8 }).map((parts) => parts.join(''))

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
