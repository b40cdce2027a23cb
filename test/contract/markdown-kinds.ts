import fc from 'fast-check'
import MarkdownIt from 'markdown-it'
import { marked, type Token, type Tokens } from 'marked'
import remarkGfm from 'remark-gfm'
import remarkParse from 'remark-parse'
import { unified } from 'unified'

const remark = unified().use(remarkParse).use(remarkGfm)
export const markdownIt = new MarkdownIt({ html: true, linkify: true, typographer: true })

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
export function kinds(markdown: string): Record<string, string[]> {
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

/** What an attacker would write. */
export const NASTY = [
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
export const foreign = fc
  .array(piece, { minLength: 1, maxLength: 8 })
  .map((parts) => parts.join(''))
