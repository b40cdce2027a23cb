import * as z from 'zod'
import { parametersOf, refusePlainSecrets } from '../definition/plain-secret.js'
import { plainText } from '../definition/text-rules.js'
import { serviceUrl } from '../definition/url-rules.js'
import type { AuthKind, AuthorizationContext } from './kind/auth-kind.js'
import { authorizeBearer, bearerCarriers } from './kind/bearer.js'
import { askedClientFields, checkClientFields } from './oauth2/check-client-fields.js'
import { type Unset, oauth2Urls, withClientAuthentication } from './oauth2/oauth2-options.js'
import { exchangeCode } from './oauth2/exchange-code.js'
import { OAUTH2_EXAMPLES, oauth2Shape, parametersSchema } from './oauth2/oauth2-schema.js'
import { refineOAuth2 } from './oauth2/refine-oauth2.js'
import { checkRefreshFields, refreshField, refreshGrant } from './oauth2/refresh-grant.js'
import {
  REFRESHABLE_EXAMPLES,
  type RefreshableDefinition,
  refreshableShape,
  type SeparateRefresh,
  separateRefreshShape,
} from './oauth2/refreshable.js'
import { revokeGrant } from './oauth2/revoke-grant.js'
import type { AuthorizationUrlResult } from '../contract/token-activities.js'
import { withoutUndefined } from '../contract/plain-data.js'
import { setQuery } from '../wire/query.js'
import { findEndpoints } from './oauth2/endpoints.js'
import { openClientId } from './oauth2/open-client.js'
import { scopeText } from './oauth2/request-token.js'

/**
 * Credential: what a callback brought (`code`, `codeVerifier`, `redirectUri`, and `scope` where another
 * one was asked for), or field `refreshToken` where one is at hand; as one text: the refresh token.
 * `clientId` and `clientSecret` beside them where they differ per connection.
 */
export interface AuthorizationCodeAuth extends RefreshableDefinition, SeparateRefresh {
  readonly kind: 'authorization-code'
  /** As `tokenUrl`. */
  readonly authorizationUrl?: string | undefined
  /** Absent: S256 (RFC 7636), always. Off only for a provider that refuses requests with a challenge: without it a stolen code can be used. */
  readonly pkce?: 'S256' | 'off-because-the-provider-breaks' | undefined
  /** Further parameters of the authorization URL: `{ access_type: 'offline', prompt: 'consent' }` (Google: developers.google.com/identity/protocols/oauth2/web-server). */
  readonly authorizationParameters?: Readonly<Record<string, string>> | undefined
  /** The provider's names of standard parameters in the authorization URL: `{ client_id: 'client_key' }` (TikTok), `{ redirect_uri: 'redirect_url' }` (Printful), `{ client_id: 'appKey' }` (Shopline). */
  readonly authorizationNames?:
    Readonly<Partial<Record<(typeof RENAMABLE)[number], string>>> | undefined
  /** The name under which the callback brings the code, where it is not `code` (Amazon SP-API `spapi_oauth_code`: developer-docs.amazon.com/sp-api, website authorization workflow). */
  readonly codeParameter?: string | undefined
  /** Default true. False for providers whose access tokens live for ever or are got anew by the person (GitHub OAuth apps, Slack without rotation). */
  readonly expectsRefreshToken: boolean
}

export type AuthorizationCodeOptions = Omit<
  Unset<AuthorizationCodeAuth>,
  'rotation' | 'expectsRefreshToken'
> & {
  /** Default `unknown`. */
  readonly rotation?: AuthorizationCodeAuth['rotation'] | undefined
  /** Default true: where none comes, the connection says so. */
  readonly expectsRefreshToken?: boolean | undefined
}

/** OAuth 2.0 authorization code with PKCE (RFC 6749 section 4.1, RFC 7636, RFC 9700 section 2.1.1). */
export function authorizationCode(options: AuthorizationCodeOptions): AuthorizationCodeAuth {
  const { rotation = 'unknown', expectsRefreshToken = true, ...rest } = options
  return {
    kind: 'authorization-code',
    rotation,
    expectsRefreshToken,
    ...withClientAuthentication(rest),
  }
}

const RENAMABLE = ['client_id', 'redirect_uri', 'scope', 'response_type'] as const
const SET = 'client_id, redirect_uri, response_type, scope, state, code_challenge'
/** A request object (RFC 9101) would stand in place of all of them. */
const OWN =
  /^(?:client_id|client_secret|redirect_uri|response_type|scope|state|code_challenge(?:_method)?|request(?:_uri)?)$/i

const authorizationCodeSchema = z
  .strictObject({
    kind: z.literal('authorization-code'),
    ...oauth2Shape,
    ...refreshableShape,
    ...separateRefreshShape,
    authorizationUrl: z.exactOptional(serviceUrl),
    pkce: z.exactOptional(z.enum(['S256', 'off-because-the-provider-breaks'])),
    authorizationParameters: z.exactOptional(
      parametersSchema
        .superRefine(refusePlainSecrets)
        .refine((parameters) => !Object.keys(parameters).some((n) => OWN.test(n)), {
          message: `must not hold what the kind itself sets: ${SET}`,
        }),
    ),
    authorizationNames: z.exactOptional(z.partialRecord(z.enum(RENAMABLE), plainText)),
    codeParameter: z.exactOptional(plainText),
    expectsRefreshToken: z.boolean(),
  })
  .superRefine(refineOAuth2)
  .superRefine(refineAuthorizationCode)

const OF_A_REFRESH = [
  'refreshUrl',
  'refreshParameters',
  'refreshRequest',
  'refreshAnswer',
  'refreshGrantType',
] as const

function refineAuthorizationCode(
  auth: { readonly [Name in (typeof OF_A_REFRESH)[number]]?: unknown } & {
    readonly tokenUrl?: string | undefined
    readonly authorizationUrl?: string | undefined
    readonly authorizationNames?: AuthorizationCodeAuth['authorizationNames'] | undefined
    readonly refreshWith?: string | undefined
    readonly expectsRefreshToken: boolean
  },
  context: z.core.$RefinementCtx,
): void {
  const refuse = (path: string, message: string): void => {
    context.addIssue({ code: 'custom', path: [path], message })
  }
  const renamed = Object.values(auth.authorizationNames ?? {})
  const query = auth.authorizationUrl?.split('?').slice(1).join('?') ?? ''
  if (parametersOf(query).some(([name]) => OWN.test(name) || renamed.includes(name)))
    refuse('authorizationUrl', `must not hold in its query what the kind itself sets: ${SET}`)
  const clash = renamed.some((name) => /^(?:state|code_challenge(?:_method)?)$/i.test(name))
  if (clash || new Set(renamed).size < renamed.length)
    refuse('authorizationNames', 'gives two parameters the same name')
  if (auth.tokenUrl !== undefined && auth.authorizationUrl === undefined)
    refuse('authorizationUrl', 'is missing: give both URLs, or issuer alone')
  if (auth.expectsRefreshToken || auth.refreshWith === 'access_token') return
  for (const name of OF_A_REFRESH)
    if (auth[name] !== undefined)
      refuse(name, 'is never read where expectsRefreshToken is false: there is no refresh')
}

export const authorizationCodeKind: AuthKind<AuthorizationCodeAuth> = {
  kind: 'authorization-code',
  madeBy: 'authorizationCode()',
  schema: authorizationCodeSchema,
  examples: {
    ...OAUTH2_EXAMPLES,
    ...REFRESHABLE_EXAMPLES,
    '': `auth: authorizationCode({ authorizationUrl: 'https://login.example.com/oauth/authorize', tokenUrl: 'https://login.example.com/oauth/token', clientId: 'my-app', clientSecret: secret('env:SECRET'), scope: 'read_orders' })`,
    authorizationUrl: `authorizationUrl: 'https://login.example.com/oauth/authorize'`,
    pkce: `pkce: 'off-because-the-provider-breaks', or nothing for S256`,
    authorizationParameters: `authorizationParameters: { access_type: 'offline', prompt: 'consent' }`,
    authorizationNames: `authorizationNames: { client_id: 'client_key' }`,
    codeParameter: `codeParameter: 'spapi_oauth_code'`,
    expectsRefreshToken: 'expectsRefreshToken: false',
    refreshUrl: `refreshUrl: 'https://api.example.com/v1/oauth/refresh'`,
    refreshParameters: `refreshParameters: { audience: 'https://api.example.com' }`,
  },
  fields: (auth) => [
    refreshField(auth),
    ...['code', 'codeVerifier', 'redirectUri', 'scope', 'clientId', 'clientSecret'],
  ],
  askedFields: (auth) => ({
    needed: [refreshField(auth), ...askedClientFields(auth)],
    optional: [],
  }),
  fieldsOfText: (text, auth) => ({ [refreshField(auth)]: text }),
  checkFields: (fields, auth) => {
    if (fields['code'] === undefined) return checkRefreshFields(fields, auth)
    const missing = ['codeVerifier', 'redirectUri'].find((name) => fields[name] === undefined)
    return missing === undefined
      ? checkClientFields(fields, auth)
      : `it has a code but lacks the field ${missing}`
  },
  refreshes: () => true,
  consumesGrant: (auth) => auth.rotation !== 'none',
  readsKept: true,
  policy: (auth) => auth.refresh,
  urls: oauth2Urls,
  carriers: bearerCarriers,
  mint: (context) =>
    context.fields['code'] === undefined ? refreshGrant(context) : exchangeCode(context),
  authorize: authorizeBearer,
  authorizationUrl: buildAuthorizationUrl,
  revoke: revokeGrant,
}

/**
 * The URL of an authorization request (RFC 6749 section 4.1.1, RFC 7636 section 4.3), without `state`.
 * @throws ApplicationFailure `InvalidConnection`, `SecretUnresolved`
 */
async function buildAuthorizationUrl(
  context: AuthorizationContext<AuthorizationCodeAuth>,
): Promise<AuthorizationUrlResult> {
  const { auth } = context
  const scope = context.scope ?? auth.scope
  const endpoints = await findEndpoints(context)
  if (endpoints.outcome === 'refused') return endpoints
  const { issuer, promisesIssuer } = endpoints
  if (endpoints.authorizationUrl === undefined)
    return {
      outcome: 'refused',
      code: 'no_authorization_endpoint',
      message: `the metadata of the issuer names no authorization endpoint that a person may be sent to (https): look at the issuer, or give authorizationUrl and tokenUrl.`,
    }
  const url = new URL(endpoints.authorizationUrl)
  const hasPkce = auth.pkce !== 'off-because-the-provider-breaks'
  const parameters = withoutUndefined({
    response_type: 'code',
    client_id: await openClientId({ ...context, fields: {} }),
    redirect_uri: context.redirectUri,
    scope: scopeText(scope, auth.scopeSeparator),
    code_challenge: hasPkce ? context.codeChallenge : undefined,
    code_challenge_method: hasPkce ? 'S256' : undefined,
  })
  const names: Readonly<Record<string, string>> = auth.authorizationNames ?? {}
  for (const [name, value] of Object.entries(auth.authorizationParameters ?? {}))
    setQuery(url, name, value)
  for (const [name, value] of Object.entries(parameters))
    setQuery(url, Object.hasOwn(names, name) ? (names[name] ?? name) : name, value)
  return {
    outcome: 'made',
    url: url.href,
    issuer: issuer === undefined ? undefined : { value: issuer, required: promisesIssuer },
    codeParameter: auth.codeParameter,
  }
}
