import * as z from 'zod'
import { memberNames } from '../../../src/definition/at-path.js'
import type { RequestField } from '../../../src/pagination/fields.js'
import { type FieldValue, isFieldValue, type Position } from '../../../src/pagination/position.js'
import { tryParseJson, writeJson } from '../../../src/wire/json.js'

const stored = z.strictObject({
  page: z.string(),
  headers: z.exactOptional(z.record(z.string(), z.string())),
  body: z.exactOptional(
    z.record(
      z.string(),
      z.custom<FieldValue>((value) => isFieldValue(value)),
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
  { url, headers, body, state }: Position,
  origin: string,
  prove?: (page: string) => string,
): string {
  const page = url.origin === origin ? `${url.pathname}${url.search}` : url.href
  const more = { headers, body, state, proof: prove?.(page) }
  const isPlain = Object.values(more).every((part) => part === undefined)
  return isPlain ? page : writeJson({ page, ...more })
}

/** Which positions a source has. */
export interface PositionRules {
  readonly origin: string
  /** The only ones that a position of this source may set. */
  readonly fields: readonly RequestField[]
  /** Whether anybody may name this page. */
  readonly isOwn: (url: URL) => boolean
  /** Whether an answer has named it. */
  readonly isProved: (page: string, proof: string) => boolean
}

/** @returns undefined for what is no position of this source */
export function parsePosition(
  text: string,
  { origin, fields, isOwn: isOwnPage, isProved }: PositionRules,
): Position | undefined {
  if (!text.startsWith('{')) {
    const url = pageUrl(text, origin)
    return url === undefined || !isOwnPage(url) ? undefined : { url }
  }
  const parsed = stored.safeParse(tryParseJson(text))
  if (!parsed.success) return undefined
  const { page, proof, ...more } = parsed.data
  const url = pageUrl(page, origin)
  if (url === undefined) return undefined
  if (!isOwnPage(url) && (proof === undefined || !isProved(page, proof))) return undefined
  const names = new Set(fields.map((field) => JSON.stringify(lowerHeader(field))))
  const isOwn = (part: 'header' | 'body') => (name: string) =>
    names.has(JSON.stringify({ [part]: name }))
  const fits =
    Object.keys(more.headers ?? {}).every(isOwn('header')) &&
    Object.keys(more.body ?? {}).every(isOwn('body'))
  return fits ? { url, ...more } : undefined
}

/** The body of a request: the input's own, with what the position sets in it. */
export function bodyAt(base: unknown, fields: Position['body'] = {}): unknown {
  return Object.entries(fields).reduce(
    (body, [path, value]) => setPath(body, memberNames(path), value),
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

function lowerHeader(field: RequestField): RequestField {
  return 'header' in field ? { header: field.header.toLowerCase() } : field
}

/** Appended, not resolved: a path that begins with `//` would name another host. */
function pageUrl(page: string, origin: string): URL | undefined {
  const text = page.startsWith('/') ? `${origin}${page}` : page
  return URL.canParse(text) ? new URL(text) : undefined
}
