import { atPath } from '../definition/at-path.js'
import { type ExactValue, scalarText } from '../wire/exact-number.js'
import { setQuery } from '../wire/query.js'
import type { RequestField } from './fields.js'

/** What a field of a request holds. */
export type FieldValue = string | number | ExactValue

/** What one page is asked for with. */
export interface Position {
  /** Without credential. */
  readonly url: URL
  /** By lower-case name. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** What the style sets in the JSON body, by path. */
  readonly body?: Readonly<Record<string, FieldValue>> | undefined
  /** What the style has to know for the page: plain data. */
  readonly state?: unknown
}

export function isFieldValue(value: unknown): value is FieldValue {
  return scalarText(value) !== undefined
}

/** What a position holds in a field. */
export function valueAt(position: Position, field: RequestField): FieldValue | undefined {
  if ('query' in field) return position.url.searchParams.get(field.query) ?? undefined
  if ('header' in field) return position.headers?.[field.header.toLowerCase()]
  return position.body?.[field.body]
}

/** The same position with another value in a field; the style's state is left behind. */
export function withValue(
  { url, headers, body }: Position,
  field: RequestField,
  value: FieldValue,
): Position {
  if ('query' in field) {
    const changed = new URL(url)
    setQuery(changed, field.query, String(value))
    return { url: changed, headers, body }
  }
  if ('header' in field)
    return { url, headers: { ...headers, [field.header.toLowerCase()]: String(value) }, body }
  return { url, headers, body: { ...body, [field.body]: value } }
}

/**
 * A value that every page of a source is asked for with: what the sync's own input says in its field, or
 * a default of the style.
 */
export function withDefault(
  position: Position,
  field: RequestField,
  value: number,
  baseBody: unknown,
): Position {
  if (valueAt(position, field) !== undefined) return position
  const given = 'body' in field ? atPath(baseBody, field.body) : undefined
  return withValue(position, field, typeof given === 'number' ? given : value)
}
