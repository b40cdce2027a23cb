import { sendJson } from '../../fixtures/loopback-server.js'
import type { Seen } from '../activity-bench.js'
import { endpointOf, type PageShape } from './page-shapes.js'
import type { ReadingStage, ReadWhole } from './reading-stage.js'
import type { Answer } from './sync-stage.js'

/** Reads a collection as its shape defines it, from an upstream that gives it so. */
export async function readShape(stage: ReadingStage, shape: PageShape): Promise<ReadWhole> {
  const { context, sliced, style } = shape
  const input = style === 'cursor-post' ? { body: { kind: 'order' } } : { kind: 'order' }
  const answer = answerOf(shape, () => stage.upstream.origin)
  return await stage.read(endpointOf(shape), answer, { context, sliced, input })
}

/** An upstream that gives the shape's pages, and refuses every page that it has not named. */
function answerOf(shape: PageShape, origin: () => string): Answer {
  const { pages, style, fault, end } = shape
  const all = pages.flat()
  const last = pages.length - 1
  return (seen, _request, response) => {
    const asked = askedPage(seen, shape)
    const at = asked ?? -1
    if (at < 0 || at > last + 1 || (at === last + 1 && !goesBeyond(shape))) {
      sendJson(response, 400, { error: 'no such page' })
      return
    }
    const ids = pages[at] ?? []
    const records = ids.map((id) => ({ id }))
    const isLast = style.startsWith('offset') || style.startsWith('page') ? at >= last : at === last
    const headers: Record<string, string | string[]> = {}
    const body: Record<string, unknown> = {}
    const next = nextOf(shape, at, isLast, origin())
    if (style === 'cursor-header') {
      if (typeof next === 'string') headers['x-next'] = next
      else if (end !== 'missing') headers['x-next'] = ''
    } else if (style === 'link-header') headers.link = linkOf(shape, next)
    else if (next !== undefined && !/^(?:offset|page)/.test(style)) put(body, shape.nextAt, next)
    body.base = `${origin()}${shape.context}`
    put(body, ['flags'], { more: !isLast, end: isLast, total: all.length, pages: pages.length })
    if (fault?.startsWith('errors') === true && records.length > 0)
      Object.assign(body, { errors: ['broken'] })
    if (fault === 'list missing' || fault === 'errors') body.count = records.length
    else if (records.length > 0) put(body, shape.listAt, records)
    else if (giveNothing(shape, body, { isFirst: at === 0, isLast })) {
      const status = shape.empty === '204' ? 204 : shape.empty === '304' ? 304 : 200
      response.writeHead(status, headers).end()
      return
    }
    if (at > 0 && (fault === 'empty 200' || fault === 'not modified' || fault === 'cut off')) {
      const status = fault === 'not modified' ? 304 : 200
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(fault === 'cut off' ? JSON.stringify(body).slice(0, -1) : undefined)
      return
    }
    sendJson(response, 200, body, headers as Record<string, string>)
  }
}

/** Whether there is one more page than there are pages with records, which is empty. */
function goesBeyond({ style, end }: PageShape): boolean {
  return (
    /^(?:offset|page)$/.test(style) ||
    (end === 'repeated' && /^cursor(?:-alone|-post)?$/.test(style))
  )
}

function askedPage({ path, headers, body }: Seen, shape: PageShape): number | undefined {
  const url = new URL(path, 'http://x')
  if (url.pathname !== `${shape.context}/rest/items`) return undefined
  const sent = body === '' ? undefined : (JSON.parse(body) as { 'page.x'?: { cursor?: string } })
  const text = url.searchParams.get('cursor') ?? headers['x-cursor'] ?? sent?.['page.x']?.cursor
  if (shape.style === 'cursor-alone' && text !== undefined && url.searchParams.size > 1)
    return undefined
  if (shape.fault === 'repeats page') return 0
  if (shape.style.startsWith('offset')) {
    const offsetAsked = Number(text ?? 0)
    let before = 0
    for (const [at, ids] of [...shape.pages, []].entries()) {
      if (before === offsetAsked) return at
      before += ids.length
    }
    return undefined
  }
  if (shape.style.startsWith('page')) return Number(text ?? 1) - 1
  if (text === undefined) return 0
  const at = /^c([0-9]+)$/.exec(String(text))?.[1]
  return at === undefined ? undefined : Number(at)
}

function nextOf(shape: PageShape, at: number, isLast: boolean, origin: string): unknown {
  const { style, end, link, context } = shape
  const isUrl = style === 'next-url' || style === 'link-header'
  const beyond = goesBeyond(shape) && !isUrl
  if (isLast || at >= shape.pages.length) {
    if (beyond) return `c${String(shape.pages.length)}`
    return {
      missing: undefined,
      null: null,
      "''": '',
      false: false,
      0: isUrl ? null : 0,
      repeated: null,
    }[end]
  }
  const token = `c${String(at + 1)}`
  if (shape.fault === 'next is no text' && style !== 'cursor-header' && style !== 'link-header')
    return { token }
  if (!isUrl) return token
  if (shape.fault === 'next elsewhere')
    return `https://elsewhere.invalid/rest/items?cursor=${token}`
  const query = `?cursor=${token}`
  switch (link) {
    case 'absolute':
      return `${origin}${context}/rest/items${query}`
    case 'path':
      return `${context}/rest/items${query}`
    case 'query':
      return query
    case 'fragment':
      return `${context}/rest/items${query}#x`
    case 'protocol':
      return `${origin.replace(/^http:/, '')}${context}/rest/items${query}`
    case 'base-url':
    case 'named base':
      return `/rest/items${query}`
  }
}

function linkOf({ linkText }: PageShape, next: unknown): string | string[] {
  const self = '</rest/items>; rel="self"'
  if (typeof next !== 'string' || next === '') return self
  switch (linkText) {
    case 'ordinary':
      return `<${next}>; rel="next"`
    case 'unquoted':
      return `${self},<${next}>;rel=next`
    case 'upper':
      return `<${next}> ; REL="NEXT LAST"`
    case 'many':
      return `, ${self}, <${next}>; rel="last next", <x>; rel="prev"`
    case 'several headers':
      return [self, `<${next}>; rel="next"`]
    case 'title':
      return `<x>; title="a, <y>; rel=\\"next\\""; rel=prev, <${next}>; title*=UTF-8''b%2c; rel="next"`
    case 'valueless':
      return `<${next}>; crossorigin; rel='next'`
  }
}

/** Fills in what an empty page says. @returns whether there is no body at all */
function giveNothing(
  shape: PageShape,
  body: Record<string, unknown>,
  { isFirst, isLast }: { readonly isFirst: boolean; readonly isLast: boolean },
): boolean {
  const { empty, listAt } = shape
  const list = { '[]': [], '{}': {}, null: null, "''": '' }
  if (Object.hasOwn(list, empty)) put(body, listAt, list[empty as keyof typeof list])
  else if (empty === 'count') body.count = 0
  else if (empty === 'omitted') return false
  // A page without a body tells no next one in it, and no base. An empty 200 says nothing behind a page that names it.
  else if (empty === 'no body' ? isLast && isFirst : isLast || tellsByHeader(shape)) return true
  else put(body, listAt, [])
  return false
}

function tellsByHeader({ style, link }: PageShape): boolean {
  return style === 'cursor-header' || (style === 'link-header' && link !== 'named base')
}

function put(body: Record<string, unknown>, names: readonly string[], value: unknown): void {
  let object = body
  for (const name of names.slice(0, -1)) {
    object[name] ??= {}
    object = object[name] as Record<string, unknown>
  }
  object[names.at(-1) ?? ''] = value
}
