import type * as z from 'zod'
import { isPlainSecret, PLAIN_SECRET } from '../../definition/plain-secret.js'
import type { OAuth2Definition } from './oauth2-options.js'

/** What the kinds set in a token request themselves. */
const OWN_PARAMETERS = new Set([
  'grant_type',
  'client_id',
  'client_secret',
  'client_assertion',
  'client_assertion_type',
  'refresh_token',
  'access_token',
  'code',
  'code_verifier',
  'redirect_uri',
  'assertion',
])

type Parts = Pick<
  OAuth2Definition,
  | 'tokenUrl'
  | 'issuer'
  | 'clientAuthentication'
  | 'basicEncoding'
  | 'parameters'
  | 'scopeSeparator'
  | 'impliedScopes'
  | 'answer'
> & {
  readonly refresh?: OAuth2Definition['refresh'] | undefined
  readonly refreshAnswer?: OAuth2Definition['answer'] | undefined
  /** Only grants with a refresh token have it. */
  readonly rotation?: string | undefined
  readonly scope?: string | undefined
  readonly clientSecret?: unknown
  readonly clientKey?: unknown
  readonly refreshParameters?: Readonly<Record<string, string>> | undefined
}

/** Rules that need several fields of an OAuth 2.0 definition. */
export function refineOAuth2(auth: Parts, context: z.core.$RefinementCtx): void {
  const refuse = (path: string[], message: string): void => {
    context.addIssue({ code: 'custom', path, message })
  }
  const { clientAuthentication, clientSecret, clientKey } = auth
  if (auth.tokenUrl === undefined && auth.issuer === undefined)
    refuse(['tokenUrl'], 'is missing: give tokenUrl, or issuer for a provider with metadata')
  if (clientAuthentication === 'none' && clientSecret !== undefined)
    refuse(['clientSecret'], `must be absent where clientAuthentication is 'none'`)
  if (clientAuthentication === 'private_key_jwt') {
    if (clientKey === undefined)
      refuse(['clientKey'], `must be given where clientAuthentication is 'private_key_jwt'`)
    if (clientSecret !== undefined)
      refuse(['clientSecret'], `must be absent where clientAuthentication is 'private_key_jwt'`)
  } else if (clientKey !== undefined)
    refuse(['clientKey'], `is read with clientAuthentication 'private_key_jwt' only`)
  for (const name of ['scopeSeparator', 'impliedScopes'] as const)
    if (auth[name] !== undefined && auth.scope === undefined)
      refuse([name], 'is read where there is a scope only')
  if (auth.basicEncoding !== undefined && clientAuthentication !== 'client_secret_basic')
    refuse(['basicEncoding'], `is read with clientAuthentication 'client_secret_basic' only`)
  for (const field of ['answer', 'refreshAnswer'] as const)
    if (auth[field]?.lifetime !== undefined && auth.refresh?.defaultLifetimeMs === undefined)
      refuse([field, 'lifetime'], 'needs refresh.defaultLifetimeMs, which is the lifetime')
  refuseUnread(auth, refuse)
  for (const field of ['parameters', 'refreshParameters'] as const)
    for (const [name, text] of Object.entries(auth[field] ?? {}))
      if (OWN_PARAMETERS.has(name))
        refuse([field, name], 'is set by the kind itself and can not be a further parameter')
      else if (isPlainSecret(name, text, /^\{[A-Za-z]\w*\}$/.test(text)))
        refuse([field, name], PLAIN_SECRET)
}

/** What only a refresh token has. */
const REFRESH_TOKEN_LIMITS = ['graceWindowMs', 'idleLimitMs', 'absoluteLimitMs'] as const
const REFRESH_TOKEN_FIELDS = ['refresh_token', 'refresh_token_expires_in'] as const

/** Quirks that the grant never reads. */
function refuseUnread(
  { rotation, refresh, answer }: Parts,
  refuse: (path: string[], message: string) => void,
): void {
  if (rotation === 'none' && refresh?.graceWindowMs !== undefined)
    refuse(['refresh', 'graceWindowMs'], `is never read with rotation 'none'`)
  if (rotation !== undefined) return
  const message = 'is never read: this grant has no refresh token'
  for (const name of REFRESH_TOKEN_LIMITS)
    if (refresh?.[name] !== undefined) refuse(['refresh', name], message)
  for (const name of REFRESH_TOKEN_FIELDS)
    if (answer?.fields?.[name] !== undefined) refuse(['answer', 'fields', name], message)
}
