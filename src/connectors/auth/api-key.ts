import * as z from 'zod'
import { HEADER_NAME, headerName, plainText } from '../text-rules.js'

/** Credential: field `apiKey`; one text is the key. */
export interface ApiKeyAuth {
  readonly kind: 'api-key'
  readonly in: 'header' | 'query'
  /** Of the header or the query parameter. */
  readonly name: string
  /** Before the key in a header, as `Bearer `. */
  readonly prefix?: string
}

export const apiKeySchema = z
  .strictObject({
    kind: z.literal('api-key'),
    in: z.enum(['header', 'query']),
    name: plainText,
    prefix: z.exactOptional(plainText),
  })
  .refine((auth) => auth.in === 'query' || headerName.safeParse(auth.name).success, {
    path: ['name'],
    message: `must be the name of a header: ${HEADER_NAME}`,
  })
  .refine((auth) => auth.in === 'header' || auth.prefix === undefined, {
    path: ['prefix'],
    message: 'belongs to a key in a header only',
  })

/** An API key in a header or a query parameter: `apiKey({ in: 'header', name: 'X-Api-Key' })`. */
export function apiKey(options: Omit<ApiKeyAuth, 'kind'>): ApiKeyAuth {
  return { kind: 'api-key', ...options }
}
