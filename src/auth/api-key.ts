import * as z from 'zod'
import { HEADER_NAME, headerName, plainText } from '../definition/text-rules.js'
import type { AuthKind } from './auth-kind.js'
import { isHeaderValue } from './header-value.js'
import { mintStatic } from './mint-static.js'
import { neededField } from './needed-field.js'
import { withHeader } from './with-header.js'

/** Credential: field `apiKey`; one text is the key. */
export interface ApiKeyAuth {
  readonly kind: 'api-key'
  readonly in: 'header' | 'query'
  /** Of the header or the query parameter. */
  readonly name: string
  /** Before the key in a header, as `Bearer `. */
  readonly prefix?: string
}

const schema = z
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

export const apiKeyKind: AuthKind<ApiKeyAuth> = {
  kind: 'api-key',
  madeBy: 'apiKey()',
  schema,
  examples: {
    '': `auth: apiKey({ in: 'header', name: 'X-Api-Key' })`,
    in: `apiKey({ in: 'header', name: 'X-Api-Key' })`,
    name: `apiKey({ in: 'header', name: 'X-Api-Key' })`,
    prefix: `apiKey({ in: 'header', name: 'Authorization', prefix: 'Bearer ' })`,
  },
  fields: () => ['apiKey'],
  fieldsOfText: (text) => ({ apiKey: text }),
  checkFields: (fields, auth) => {
    if (fields.apiKey === undefined) return 'it lacks the field apiKey'
    return auth.in === 'header' && !isHeaderValue(fields.apiKey.reveal())
      ? 'apiKey holds a line break, a control character or one outside latin-1'
      : undefined
  },
  refreshes: () => false,
  consumesGrant: () => false,
  carriers: (auth) => (auth.in === 'header' ? { headers: [auth.name] } : { query: [auth.name] }),
  mint: mintStatic,
  authorize: (request, token, auth) => {
    const key = neededField(token, 'apiKey').reveal()
    if (auth.in === 'header') return withHeader(request, auth.name, `${auth.prefix ?? ''}${key}`)
    const url = new URL(request.url)
    url.searchParams.set(auth.name, key)
    return { ...request, url }
  },
}
