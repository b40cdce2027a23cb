import fc from 'fast-check'
import {
  cursor,
  type Endpoint,
  get,
  linkHeader,
  nextUrl,
  offset,
  pageNumber,
  post,
} from '../../../src/connectors/index.js'

/** One collection, how an API gives it, and how it is defined. */
export interface PageShape {
  /** Ids by page; counted styles give them in pages of one size. */
  readonly pages: readonly (readonly number[])[]
  readonly style: StyleName
  /** Keys on the way to the list; none: the answer is the list. */
  readonly listAt: readonly string[]
  readonly nextAt: readonly string[]
  readonly notation: 'plain' | 'quoted' | 'jsonpath'
  readonly empty: EmptyForm
  readonly end: EndForm
  readonly link: LinkForm
  readonly linkText: LinkText
  readonly context: '' | '/wiki'
  readonly sliced: boolean
  readonly fault: Fault
  /** Pages that are asked for before they are known, of the styles that count. */
  readonly ahead: number
}

const STYLE_NAMES = [
  'cursor',
  'cursor-more',
  'cursor-end',
  'cursor-header',
  'cursor-alone',
  'cursor-post',
  'next-url',
  'link-header',
  'offset',
  'offset-total',
  'offset-more',
  'page',
  'page-end',
  'page-pages',
] as const
const EMPTY_FORMS = ['[]', '{}', 'null', "''", 'count', 'omitted', '204', '304', 'no body'] as const
const END_FORMS = ['missing', 'null', "''", 'false', '0', 'repeated'] as const
const LINK_FORMS = [
  'absolute',
  'path',
  'query',
  'fragment',
  'protocol',
  'base-url',
  'named base',
] as const
const LINK_TEXTS = [
  'ordinary',
  'unquoted',
  'upper',
  'many',
  'several headers',
  'title',
  'valueless',
] as const
/** What is wrong with the answers or with the definition of them. */
const FAULTS = [
  'list missing',
  'list misspelt',
  'next misspelt',
  'flag misspelt',
  'errors',
  'errors beside',
  'empty 200',
  'not modified',
  'cut off',
  'repeats page',
  'flag turned',
  'next is no text',
  'next elsewhere',
] as const

export type StyleName = (typeof STYLE_NAMES)[number]
type EmptyForm = (typeof EMPTY_FORMS)[number]
type EndForm = (typeof END_FORMS)[number]
type LinkForm = (typeof LINK_FORMS)[number]
type LinkText = (typeof LINK_TEXTS)[number]
export type Fault = (typeof FAULTS)[number] | undefined

const SIZE = 2
const key = fc.constantFrom(
  'data',
  'orders',
  'value',
  '@odata.nextLink',
  'a.b',
  'x y',
  "it's",
  'é',
  'next',
  '$k',
  'list[0]',
  '',
)

export function pageShapes(faults: boolean): fc.Arbitrary<PageShape> {
  return fc
    .record({
      sizes: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 5 }),
      style: fc.constantFrom(...STYLE_NAMES),
      listAt: fc.array(key, { maxLength: 3 }),
      nextAt: fc.array(key, { minLength: 1, maxLength: 3 }),
      notation: fc.constantFrom('plain' as const, 'quoted' as const, 'jsonpath' as const),
      empty: fc.constantFrom(...EMPTY_FORMS),
      end: fc.constantFrom(...END_FORMS),
      link: fc.constantFrom(...LINK_FORMS),
      linkText: fc.constantFrom(...LINK_TEXTS),
      context: fc.constantFrom('' as const, '/wiki' as const),
      sliced: fc.boolean(),
      fault: faults ? fc.constantFrom(...FAULTS) : fc.constant(undefined),
      ahead: fc.integer({ min: 1, max: 5 }),
    })
    .map(({ sizes, ahead: askedAhead, ...rest }) => {
      const isCounted = /^(?:offset|page)/.test(rest.style)
      const ahead = isCounted ? askedAhead : 1
      let id = 0
      const total = sizes.reduce((sum, one) => sum + one, 0)
      const counted = Array.from({ length: Math.max(1, Math.ceil(total / SIZE)) }, (_, at) =>
        Math.min(SIZE, total - at * SIZE),
      )
      const pages = (isCounted ? counted : sizes).map((size) =>
        Array.from({ length: size }, () => ++id),
      )
      // What else stands in the body needs an object around the list.
      const listAt = ['list', ...rest.listAt]
      const nextAt = ['paging', ...rest.nextAt]
      // RFC 9110 section 15.4.5: to a GET only.
      const empty = rest.style === 'cursor-post' && rest.empty === '304' ? '204' : rest.empty
      return { ...rest, pages, listAt, nextAt, empty, ahead }
    })
}

/** A path as the definition writes it; `plain` where that can name it. */
function written(names: readonly string[], notation: PageShape['notation']): string {
  const quoted = names.map((name) => `[${JSON.stringify(name)}]`).join('')
  if (notation === 'jsonpath') return `$${quoted}`
  const plain = names.join('.')
  const isPlain = names.every((name, at) =>
    at === names.length - 1 ? /^[^[\]\s]+$/.test(name) : /^[^.[\]\s]+$/.test(name),
  )
  return notation === 'plain' && isPlain ? plain : quoted
}

export function endpointOf(shape: PageShape): Endpoint {
  const { style, notation, listAt, nextAt, link, fault, empty, ahead } = shape
  const path = (names: readonly string[], is: Fault): string =>
    written(fault === is ? [...names.slice(0, -1), 'misspelt'] : names, notation)
  const items = path(listAt, 'list misspelt')
  const from = { body: path(nextAt, 'next misspelt') }
  const flag = (name: string): string => path(['flags', name], 'flag misspelt')
  const param = { param: 'cursor', size: { param: 'limit', value: SIZE } }
  const turned = fault === 'flag turned'
  const relativeTo = ((): { relativeTo?: 'base-url' | { body: string } } => {
    if (link === 'base-url') return { relativeTo: 'base-url' }
    return link === 'named base' ? { relativeTo: { body: 'base' } } : {}
  })()
  const to = { query: 'cursor' }
  const paginate = {
    cursor: cursor({ from, to }),
    'cursor-more': cursor({ from, to, more: flag(turned ? 'end' : 'more') }),
    'cursor-end': cursor({ from, to, end: flag(turned ? 'more' : 'end') }),
    'cursor-header': cursor({
      from: { header: fault === 'next misspelt' ? 'X-Other' : 'X-Next' },
      to: { header: 'X-Cursor' },
    }),
    'cursor-alone': cursor({ from, to, alone: true }),
    'cursor-post': cursor({ from, to: { body: `["page.x"].cursor` } }),
    'next-url': nextUrl({ path: from.body, ...relativeTo }),
    'link-header': linkHeader({
      ...relativeTo,
      ...(fault === 'next misspelt' ? { rel: 'nxt' } : {}),
    }),
    offset: offset(param),
    'offset-total': offset({ ...param, stop: { total: { body: flag('total') } } }),
    'offset-more': offset({ ...param, stop: { more: flag(turned ? 'end' : 'more') } }),
    page: pageNumber(param),
    'page-end': pageNumber({ ...param, stop: { end: flag(turned ? 'more' : 'end') } }),
    'page-pages': pageNumber({ ...param, stop: { pages: { body: flag('pages') } } }),
  }[style]
  const omitted = empty === 'omitted' ? { empty: 'omitted' as const } : {}
  const readAhead = ahead > 1 ? { pages: ahead } : undefined
  const options = { items, paginate, readAhead, ...omitted }
  return style === 'cursor-post' ? post('/rest/items', options) : get('/rest/items', options)
}
