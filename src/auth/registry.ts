import * as z from 'zod'
import { apiKeyKind } from './api-key.js'
import type { AuthKind, AuthLike } from './kind/auth-kind.js'
import { authorizationCodeKind } from './authorization-code.js'
import { awsSigV4Kind } from './aws-sigv4.js'
import { basicKind } from './basic.js'
import { clientCredentialsKind } from './client-credentials.js'
import { headersKind } from './headers.js'
import { hmacKind } from './hmac.js'
import { loginFlowKind } from './login-flow.js'
import { jwtBearerKind } from './jwt-bearer.js'
import { jwtKind } from './jwt.js'
import { noneKind } from './none.js'
import { customKind } from './custom.js'
import { oauth1Kind } from './oauth1.js'
import { refreshTokenKind } from './refresh-token.js'

/** Every kind of authentication: one line each. */
const AUTH_KINDS = {
  'api-key': apiKeyKind,
  'authorization-code': authorizationCodeKind,
  'aws-sigv4': awsSigV4Kind,
  basic: basicKind,
  'client-credentials': clientCredentialsKind,
  headers: headersKind,
  hmac: hmacKind,
  'login-flow': loginFlowKind,
  'jwt-bearer': jwtBearerKind,
  jwt: jwtKind,
  none: noneKind,
  custom: customKind,
  oauth1: oauth1Kind,
  'refresh-token': refreshTokenKind,
} as const

type AuthKinds = typeof AUTH_KINDS

/** Authentication as data; one member a kind. */
export type AuthDefinition = {
  [Kind in keyof AuthKinds]: AuthKinds[Kind] extends AuthKind<infer Auth> ? Auth : never
}[keyof AuthKinds]

/** Each kind of the table. */
export const authKinds = Object.values(AUTH_KINDS) as unknown as readonly AuthKind[]

/** The schema of every kind's definition. */
export const authSchema: z.ZodType<AuthDefinition> = z.discriminatedUnion(
  'kind',
  authKinds.map(({ schema }) => schema) as unknown as [z.ZodObject, ...z.ZodObject[]],
  { message: `must be made by one of ${authKinds.map(({ madeBy }) => madeBy).join(', ')}` },
) as unknown as z.ZodType<AuthDefinition>

/** The kind that a definition is of. */
export function authKindOf<Auth extends AuthLike>(auth: Auth): AuthKind<Auth> {
  const kind = authKindNamed(auth.kind)
  if (kind === undefined) throw new TypeError('no kind of authentication has this name')
  // The index type can't say that a kind and its definition go together; the table above does.
  return kind as unknown as AuthKind<Auth>
}

export function authKindNamed(name: unknown): AuthKind | undefined {
  return typeof name === 'string' && Object.hasOwn(AUTH_KINDS, name)
    ? (AUTH_KINDS[name as keyof AuthKinds] as unknown as AuthKind)
    : undefined
}
