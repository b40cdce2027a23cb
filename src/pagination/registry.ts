import * as z from 'zod'
import { cursorStyle } from './cursor.js'
import { keysetStyle } from './keyset.js'
import { linkHeaderStyle } from './link-header.js'
import { nextUrlStyle } from './next-url.js'
import { offsetStyle } from './offset.js'
import { pageNumberStyle } from './page-number.js'
import type { PaginationLike, PaginationStyle } from './style.js'

/** Every style of pagination: one line each. */
const STYLES = {
  'link-header': linkHeaderStyle,
  cursor: cursorStyle,
  'next-url': nextUrlStyle,
  offset: offsetStyle,
  'page-number': pageNumberStyle,
  keyset: keysetStyle,
} as const

type Styles = typeof STYLES

/** Pagination as data; one member a style. */
export type Pagination = {
  [Style in keyof Styles]: Styles[Style] extends PaginationStyle<infer P> ? P : never
}[keyof Styles]

/** Each style of the table. */
export const paginationStyles = Object.values(STYLES) as unknown as readonly PaginationStyle[]

const makers = paginationStyles.map(({ madeBy }) => madeBy)

/** What the builders of pagination make. */
export const paginationSchema: z.ZodType<Pagination> = z.discriminatedUnion(
  'style',
  paginationStyles.map(({ schema }) => schema) as unknown as [z.ZodObject, ...z.ZodObject[]],
  { message: `must be made by ${makers.slice(0, -1).join(', ')} or ${makers.at(-1) ?? ''}` },
) as unknown as z.ZodType<Pagination>

/** The style that a definition names. */
export function paginationStyle<P extends PaginationLike>(pagination: P): PaginationStyle<P> {
  const style = paginationStyleNamed(pagination.style)
  if (style === undefined) throw new TypeError('no style of pagination has this name')
  // The index type can't say that a style and its definition go together; the table above does.
  return style as unknown as PaginationStyle<P>
}

export function paginationStyleNamed(name: unknown): PaginationStyle | undefined {
  return typeof name === 'string' && Object.hasOwn(STYLES, name)
    ? (STYLES[name as keyof Styles] as unknown as PaginationStyle)
    : undefined
}
