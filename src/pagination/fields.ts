import * as z from 'zod'
import { headerName, jsonPath, writtenPath } from '../definition/text-rules.js'

/** Where a request takes a value: a query parameter, a header, or a path in its JSON body (for POST). */
export type RequestField =
  { readonly query: string } | { readonly header: string } | { readonly body: string }

/** Where an answer gives a value: a path in its JSON body, or a header. */
export type AnswerField = { readonly body: string } | { readonly header: string }

/** A name alone is a query parameter. */
export type Param = string | RequestField

/** A field of a request that a style sets, and the path in the definition that names it. */
export interface FieldSet {
  readonly path: readonly (string | number)[]
  readonly field: RequestField
}

const paramName = z.string().regex(/^[\x21-\x7e]{1,200}$/, {
  message: 'must be the name of a query parameter: printable ASCII characters without a space',
})

export const requestField = z.union(
  [
    z.strictObject({ query: paramName }),
    z.strictObject({ header: headerName }),
    z.strictObject({ body: writtenPath }),
  ],
  { message: `must be { query: 'name' }, { header: 'Name' } or { body: 'path.in.it' }` },
)

export const answerField = z.union(
  [z.strictObject({ body: jsonPath }), z.strictObject({ header: headerName })],
  { message: `must be { body: 'path.in.it' } or { header: 'Name' }` },
)

/** The field that a builder's `param` names. */
export function toField(param: Param): RequestField {
  return typeof param === 'string' ? { query: param } : param
}
