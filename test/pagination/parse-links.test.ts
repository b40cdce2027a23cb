import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseLinks } from '../../src/pagination/link-header.js'

const next = (header: string | string[] | undefined): string | undefined =>
  parseLinks(header)?.find(({ rels }) => rels.includes('next'))?.target

const URL_OF_NEXT = 'https://api.example/2?a=1,2;b=3'

describe('the next page is found', () => {
  test.each([
    ['the ordinary shape', `<${URL_OF_NEXT}>; rel="next"`],
    ['no quotes', `<${URL_OF_NEXT}>;rel=next`],
    ['single quotes', `<${URL_OF_NEXT}>; rel='next'`],
    ['upper case', `<${URL_OF_NEXT}>; REL="NEXT"`],
    ['several relations in one', `<${URL_OF_NEXT}>; rel="next last"`],
    ['many spaces', `  <${URL_OF_NEXT}>  ;  rel  =  "next"  `],
    ['spaces inside the target', `< ${URL_OF_NEXT} >; rel="next"`],
    ['no space between links', `<https://api.example/0>;rel="prev",<${URL_OF_NEXT}>;rel="next"`],
    ['a quoted comma and semicolon', `<${URL_OF_NEXT}>; title="a, b; c"; rel="next"`],
    [
      'a link inside a title',
      `<https://api.example/0>; title="<x>; rel=\\"next\\", <y>"; rel="prev", <${URL_OF_NEXT}>; rel="next"`,
    ],
    ['an escaped quote', `<${URL_OF_NEXT}>; title="a\\"b"; rel="next"`],
    ['a title in another charset', `<${URL_OF_NEXT}>; title*=UTF-8'de'n%c3%a4chstes; rel="next"`],
    ['a parameter without a value', `<${URL_OF_NEXT}>; crossorigin; rel="next"`],
    ['empty elements', `, ,<${URL_OF_NEXT}>; rel="next",`],
    ['a semicolon at the end', `<${URL_OF_NEXT}>; rel="next";`],
    ['a second rel, which does not count', `<${URL_OF_NEXT}>; rel="next"; rel="prev"`],
    ['something that is no link before it', `nonsense, <${URL_OF_NEXT}>; rel="next"`],
    [
      'a link without any relation before it',
      `<https://api.example/0>, <${URL_OF_NEXT}>; rel="next"`,
    ],
    ['an anchor', `<${URL_OF_NEXT}>; anchor="#list"; rel="next"`],
    ['several headers', [`<https://api.example/0>; rel="prev"`, `<${URL_OF_NEXT}>; rel="next"`]],
    [
      'several headers of several links',
      [
        `<https://api.example/0>; rel="prev", <x>; rel="first"`,
        `<l>; rel="last", <${URL_OF_NEXT}>; rel="next"`,
      ],
    ],
    ['other parameters', `<${URL_OF_NEXT}>; rel="next"; results="true"; cursor="a,b"`],
  ])('with %s', (_what, header) => {
    expect(next(header)).toBe(URL_OF_NEXT)
  })
})

test('no header is no link; text without a link is told', () => {
  expect(parseLinks(undefined)).toEqual([])
  expect(parseLinks('')).toEqual([])
  expect(parseLinks(' , ')).toEqual([])
  expect(parseLinks('no link')).toBeUndefined()
  expect(parseLinks('<https://api.example/2')).toBeUndefined()
})

test('a link that stands in a title is none', () => {
  expect(
    next(`<https://api.example/0>; title="<x>; rel=next, <y>; rel=next"; rel="prev"`),
  ).toBeUndefined()
})

const token = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/)
const quotable = fc.string({ unit: fc.constantFrom(...'ab ,;<>="\\\'/*'.split('')), maxLength: 12 })
const target = fc.stringMatching(/^https:\/\/a\.example\/[a-z0-9?&=,;'()"-]{0,20}$/)
const blank = fc.constantFrom('', ' ', '  ', '\t')
const parameter = fc
  .tuple(
    token,
    fc.option(
      fc.oneof(
        token.map((text) => ({ text, quoted: false })),
        quotable.map((text) => ({ text, quoted: true })),
      ),
    ),
    blank,
    blank,
  )
  .filter(([name]) => name !== 'rel' && name !== 'anchor')
  .map(([name, value, before, after]) => {
    if (value === null) return name
    const text = value.quoted ? `"${value.text.replaceAll(/["\\]/g, '\\$&')}"` : value.text
    return `${name}${before}=${after}${text}`
  })
const link = fc.record({
  target,
  rels: fc.uniqueArray(token, { minLength: 1, maxLength: 3 }),
  before: fc.array(parameter, { maxLength: 3 }),
  after: fc.array(parameter, { maxLength: 3 }),
  space: blank,
})

test('no link of any header is lost', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(link, { minLength: 1, maxLength: 4 }), { maxLength: 3 }),
      (headers) => {
        const texts = headers.map((links) =>
          links
            .map(({ target: uri, rels, before, after, space }) =>
              [`${space}<${uri}>`, ...before, `rel="${rels.join(' ')}"`, ...after].join(
                `${space};${space}`,
              ),
            )
            .join(' ,'),
        )
        expect(parseLinks(texts)?.map(({ target: uri, rels }) => [uri, rels])).toEqual(
          headers.flat().map(({ target: uri, rels }) => [uri, rels]),
        )
      },
    ),
    { numRuns: 3000 },
  )
})

test('a header of any size takes time by its length only', () => {
  const hostile = [
    '<'.repeat(100_000),
    '<a>;'.repeat(50_000),
    '<a>; x="'.repeat(30_000),
    `<a>${';='.repeat(50_000)}`,
    ' '.repeat(200_000),
    '<a>; rel="' + 'a '.repeat(50_000),
  ]
  const startedMs = performance.now()
  for (const header of hostile) parseLinks(header)
  expect(performance.now() - startedMs).toBeLessThan(2000)
})
