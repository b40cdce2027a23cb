import type { ApiKeyAuth } from '../../src/connectors/auth/api-key.js'
import type { AuthKind, SecretFields } from './auth-kind.js'
import { isHeaderValue } from './header-value.js'
import { neededField } from './needed-field.js'
import { mintStatic } from './mint-static.js'
import { withHeader } from './with-header.js'

/** An API key in a header or a query parameter. */
export const apiKeyKind: AuthKind<ApiKeyAuth> = {
  kind: 'api-key',
  fields: ['apiKey'],
  fieldsOfText: (text) => ({ apiKey: text }),
  checkFields: (fields, auth) => {
    if (fields.apiKey === undefined) return 'it lacks the field apiKey'
    return auth.in === 'header' && !isHeaderValue(fields.apiKey.reveal())
      ? 'apiKey holds a line break, a control character or one outside latin-1'
      : undefined
  },
  refreshes: false,
  consumesGrant: () => false,
  mint: mintStatic,
  authorize: (request, token: SecretFields, auth) => {
    const key = neededField(token, 'apiKey').reveal()
    if (auth.in === 'header') return withHeader(request, auth.name, `${auth.prefix ?? ''}${key}`)
    const url = new URL(request.url)
    url.searchParams.set(auth.name, key)
    return { ...request, url }
  },
}
