import * as z from 'zod'
import { atPath } from '../definition/at-path.js'
import { jsonPath } from '../definition/text-rules.js'
import { fieldRead, isNothing } from './answer-values.js'
import { linkedPage, linkShape, type RelativeTo } from './linked-page.js'
import type { PaginationStyle } from './style.js'

export interface NextUrlPagination {
  readonly style: 'next-url'
  /** Path of the next page's URL, absolute or relative; nothing there: it was the last. */
  readonly path: string
  readonly relativeTo?: RelativeTo | undefined
  /**
   * Paths below the base URL that the cursor in a sync's input may name beside the endpoint's own
   * (`/orders/pages`, and all below it). Links of answers may lead anywhere on the connector's origins.
   */
  readonly paths?: readonly string[] | undefined
}

/** Pages that hold the URL of the next one: `nextUrl({ path: 'links.next' })`. */
export function nextUrl(options: Omit<NextUrlPagination, 'style'>): NextUrlPagination {
  return { style: 'next-url', ...options }
}

/** A page holds the URL of the next one. A relative one is resolved against the page's own URL. */
export const nextUrlStyle: PaginationStyle<NextUrlPagination> = {
  style: 'next-url',
  madeBy: 'nextUrl()',
  schema: z.strictObject({ style: z.literal('next-url'), path: jsonPath, ...linkShape }),
  examples: { '': `paginate: nextUrl({ path: 'links.next' })` },
  paths: ({ paths }) => paths,
  reads: (answer, { path }) => [fieldRead(answer, { body: path })],
  next: (answer, { path, relativeTo }) => {
    const link = atPath(answer.body, path)
    if (isNothing(link)) return { outcome: 'end' }
    if (typeof link !== 'string') return { outcome: 'unreadable', what: `'${path}'` }
    return linkedPage(answer, link, relativeTo, `'${path}'`)
  },
}
