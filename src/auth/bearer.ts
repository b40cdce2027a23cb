import type { OutgoingRequest, SecretFields } from './auth-kind.js'
import { neededField } from './needed-field.js'
import { withHeader } from './with-header.js'

/** `Authorization: Bearer` with the access token (RFC 6750 section 2.1). */
export function authorizeBearer(request: OutgoingRequest, token: SecretFields): OutgoingRequest {
  return withHeader(
    request,
    'authorization',
    `Bearer ${neededField(token, 'accessToken').reveal()}`,
  )
}
