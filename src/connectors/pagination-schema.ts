import * as z from 'zod'
import { headerName, jsonPath, plainText, writtenPath } from '../definition/text-rules.js'

const paramName = z.string().regex(/^[\x21-\x7e]{1,200}$/, {
  message: 'must be the name of a query parameter: printable ASCII characters without a space',
})

const requestPlace = z.union(
  [
    z.strictObject({ query: paramName }),
    z.strictObject({ header: headerName }),
    z.strictObject({ body: writtenPath }),
  ],
  { message: `must be { query: 'name' }, { header: 'Name' } or { body: 'path.in.it' }` },
)

/** Where an answer tells a value. */
export const answerPlace = z.union(
  [z.strictObject({ body: jsonPath }), z.strictObject({ header: headerName })],
  { message: `must be { body: 'path.in.it' } or { header: 'Name' }` },
)

const size = z.strictObject({
  param: z.exactOptional(requestPlace),
  value: z.int().min(1).max(100_000),
})

const byPage = [z.literal('empty-page'), z.literal('short-page')] as const
const byTotal = z.strictObject({ total: answerPlace })
const byFlag = z.union([z.strictObject({ more: jsonPath }), z.strictObject({ end: jsonPath })])
const byPages = z.strictObject({ pages: answerPlace })

const TOLD = `{ end: 'path' }, 'empty-page', 'short-page', { more: 'path' }`
const COUNTED = `{ total: { body: 'path' } }`

const offsetSchema = z
  .strictObject({
    style: z.literal('offset'),
    param: requestPlace,
    size: z.exactOptional(size),
    stop: z.union([...byPage, byTotal, byFlag], { message: `must be ${TOLD} or ${COUNTED}` }),
  })
  .superRefine(needsSize)

const pageNumberSchema = z
  .strictObject({
    style: z.literal('page-number'),
    param: requestPlace,
    first: z.int().min(0).max(1),
    size: z.exactOptional(size),
    stop: z.union([...byPage, byTotal, byFlag, byPages], {
      message: `must be ${TOLD}, ${COUNTED} or { pages: { body: 'path' } }`,
    }),
  })
  .superRefine(needsSize)
  .refine(({ stop, size }) => size !== undefined || !isKeyed(stop, 'total'), {
    path: ['size'],
    message: 'is needed where a total tells the last page: how many records a page has',
  })

const keysetSchema = z
  .strictObject({
    style: z.literal('keyset'),
    by: z
      .array(z.strictObject({ param: requestPlace, field: jsonPath }))
      .min(1)
      .max(5),
    inclusive: z.exactOptional(
      z.strictObject({ id: jsonPath, offset: z.exactOptional(requestPlace) }),
    ),
    size: z.exactOptional(size),
    stop: z.union([...byPage, byFlag], { message: `must be ${TOLD}` }),
  })
  .superRefine(needsSize)
  .refine(({ inclusive, by }) => inclusive === undefined || by.length === 1, {
    path: ['inclusive'],
    message: 'goes with one key: several keys together are unique and need no id',
  })
  .refine(({ inclusive, size }) => inclusive === undefined || size !== undefined, {
    path: ['size'],
    message: 'is needed with inclusive: a page full of one timestamp can only be told by it',
  })

/** Of styles whose pages name the URL of the next one. */
const links = {
  relativeTo: z.exactOptional(
    z.union([z.enum(['page', 'base-url']), z.strictObject({ body: jsonPath })], {
      message: `must be 'page', 'base-url' or { body: 'path of the base' }`,
    }),
  ),
  paths: z.exactOptional(
    z
      .array(
        z.string().regex(/^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~!$&'()*+,;=:@-]+)+$/, {
          message: 'must be a path below the base URL, as in /orders/pages',
        }),
      )
      .min(1),
  ),
}

/** What the builders of pagination make. */
export const paginationSchema = z.discriminatedUnion(
  'style',
  [
    z.strictObject({ style: z.literal('link-header'), rel: plainText, ...links }),
    z
      .strictObject({
        style: z.literal('cursor'),
        from: answerPlace,
        to: requestPlace,
        more: z.exactOptional(jsonPath),
        end: z.exactOptional(jsonPath),
        alone: z.exactOptional(z.literal(true)),
      })
      .refine(({ more, end }) => more === undefined || end === undefined, {
        path: ['end'],
        message: 'is in place of more: name the flag that the API has',
      }),
    z.strictObject({ style: z.literal('next-url'), path: jsonPath, ...links }),
    offsetSchema,
    pageNumberSchema,
    keysetSchema,
  ],
  {
    message:
      'must be made by linkHeader(), cursor(), nextUrl(), offset(), pageNumber() or keyset()',
  },
)

function needsSize(
  { size, stop }: { readonly size?: unknown; readonly stop: unknown },
  context: z.core.$RefinementCtx,
): void {
  if (stop !== 'short-page' || size !== undefined) return
  const message = 'is needed where a short page is the last: how many records a full one has'
  context.addIssue({ code: 'custom', path: ['size'], message })
}

function isKeyed(stop: unknown, key: string): boolean {
  return typeof stop === 'object' && stop !== null && key in stop
}
