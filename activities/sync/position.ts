import * as z from 'zod'
import type { RequestPlace } from '../../src/connectors/pagination.js'
import { type ExactValue, scalarText } from '../../src/wire/exact-number.js'
import { tryParseJson, writeJson } from '../../src/wire/json.js'
import { setQuery } from '../../src/wire/query.js'
import { atPath, namesOf } from '../../src/definition/at-path.js'

/** What stands at a place of a request. */
export type PlaceValue = string | number | ExactValue

/** What one page is asked for with. */
export interface Position {
  /** Without credential. */
  readonly url: URL
  /** By lower-case name. */
  readonly headers?: Readonly<Record<string, string>>
  /** What the style sets in the JSON body, by path. */
  readonly body?: Readonly<Record<string, PlaceValue>>
  /** What the style has to know for the page: plain data. */
  readonly state?: unknown
}

const stored = z.strictObject({
  page: z.string(),
  headers: z.exactOptional(z.record(z.string(), z.string())),
  body: z.exactOptional(
    z.record(
      z.string(),
      z.custom<PlaceValue>((value) => scalarText(value) !== undefined),
    ),
  ),
  state: z.exactOptional(z.unknown()),
  proof: z.exactOptional(z.string().max(100)),
})

/**
 * A position as it stands in a checkpoint: path and query where it is no more than these (another of the
 * connector's own origins is named), else a JSON text.
 * @param prove for a page that an answer named: what shows so when the position comes back
 */
export function formatPosition(
  { url, ...more }: Position,
  origin: string,
  prove?: (page: string) => string,
): string {
  const page = url.origin === origin ? `${url.pathname}${url.search}` : url.href
  const whole = prove === undefined ? more : { ...more, proof: prove(page) }
  return Object.keys(whole).length === 0 ? page : writeJson({ page, ...whole })
}

/** Which positions a source has. */
export interface PositionRules {
  readonly origin: string
  /** The only ones that a position of this source may set. */
  readonly places: readonly RequestPlace[]
  /** Whether anybody may name this page. */
  readonly isOwn: (url: URL) => boolean
  /** Whether an answer has named it. */
  readonly isProved: (page: string, proof: string) => boolean
}

/** @returns undefined for what is no position of this source */
export function parsePosition(
  text: string,
  { origin, places, isOwn: isOwnPage, isProved }: PositionRules,
): Position | undefined {
  if (!text.startsWith('{')) {
    const url = toUrl(text, origin)
    return url === undefined || !isOwnPage(url) ? undefined : { url }
  }
  const parsed = stored.safeParse(tryParseJson(text))
  if (!parsed.success) return undefined
  const { page, proof, ...more } = parsed.data
  const url = toUrl(page, origin)
  if (url === undefined) return undefined
  if (!isOwnPage(url) && (proof === undefined || !isProved(page, proof))) return undefined
  const names = new Set(places.map((place) => JSON.stringify(lowerHeader(place))))
  const isOwn = (part: 'header' | 'body') => (name: string) =>
    names.has(JSON.stringify({ [part]: name }))
  const fits =
    Object.keys(more.headers ?? {}).every(isOwn('header')) &&
    Object.keys(more.body ?? {}).every(isOwn('body'))
  return fits ? { url, ...more } : undefined
}

/** What a position says at a place. */
export function valueAt(position: Position, place: RequestPlace): PlaceValue | undefined {
  if ('query' in place) return position.url.searchParams.get(place.query) ?? undefined
  if ('header' in place) return position.headers?.[place.header.toLowerCase()]
  return position.body?.[place.body]
}

/** The same position with another value at a place; the style's state is left behind. */
export function withValue(
  { url, headers, body }: Position,
  place: RequestPlace,
  value: PlaceValue,
): Position {
  const parts = {
    ...(headers === undefined ? {} : { headers }),
    ...(body === undefined ? {} : { body }),
  }
  if ('query' in place) {
    const changed = new URL(url)
    setQuery(changed, place.query, String(value))
    return { ...parts, url: changed }
  }
  if ('header' in place)
    return { ...parts, url, headers: { ...headers, [place.header.toLowerCase()]: String(value) } }
  return { ...parts, url, body: { ...body, [place.body]: value } }
}

/**
 * A value that every page of a source is asked for with: what the sync's own input says at its place, or
 * a default of the style.
 */
export function withDefault(
  position: Position,
  place: RequestPlace,
  value: number,
  baseBody: unknown,
): Position {
  if (valueAt(position, place) !== undefined) return position
  const given = 'body' in place ? atPath(baseBody, place.body) : undefined
  return withValue(position, place, typeof given === 'number' ? given : value)
}

/** The body of a request: the input's own, with what the position sets in it. */
export function bodyAt(base: unknown, fields: Position['body'] = {}): unknown {
  return Object.entries(fields).reduce(
    (body, [path, value]) => setPath(body, namesOf(path), value),
    base,
  )
}

function setPath(body: unknown, [name = '', ...rest]: readonly string[], value: unknown): unknown {
  const object = typeof body === 'object' && body !== null && !Array.isArray(body) ? body : {}
  const inner = rest.length === 0 ? value : setPath(ownValue(object, name), rest, value)
  return { ...object, [name]: inner }
}

function ownValue(object: object, name: string): unknown {
  return Object.hasOwn(object, name)
    ? (object as Readonly<Record<string, unknown>>)[name]
    : undefined
}

function lowerHeader(place: RequestPlace): RequestPlace {
  return 'header' in place ? { header: place.header.toLowerCase() } : place
}

/** Appended, not resolved: a path that begins with `//` would name another host. */
function toUrl(page: string, origin: string): URL | undefined {
  const text = page.startsWith('/') ? `${origin}${page}` : page
  return URL.canParse(text) ? new URL(text) : undefined
}
