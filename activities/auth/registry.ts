import type { AuthDefinition } from '../../src/connectors/auth/registry.js'
import { apiKeyKind } from './api-key.js'
import type { AuthKind } from './auth-kind.js'
import { basicKind } from './basic.js'
import { clientCredentialsKind } from './client-credentials.js'
import { refreshTokenKind } from './refresh-token.js'

/** What each kind of authentication does: one line each. */
const AUTH_KINDS: {
  readonly [Kind in AuthDefinition['kind']]: AuthKind<Extract<AuthDefinition, { kind: Kind }>>
} = {
  'api-key': apiKeyKind,
  basic: basicKind,
  'client-credentials': clientCredentialsKind,
  'refresh-token': refreshTokenKind,
}

/** The kind that a definition is of. */
export function authKindOf<Auth extends AuthDefinition>(auth: Auth): AuthKind<Auth> {
  // The index type can't say that a kind and its definition go together; the table above does.
  return AUTH_KINDS[auth.kind] as unknown as AuthKind<Auth>
}
