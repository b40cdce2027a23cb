import type { AuthorizationUrlResult } from '../../contract/token-activities.js'
import type { AuthorizationContext } from '../kind/auth-kind.js'
import { withoutUndefined } from '../../contract/plain-data.js'
import { setQuery } from '../../wire/query.js'
import { findEndpoints } from './endpoints.js'
import type { OAuth2Definition } from './oauth2-options.js'
import { openClientId } from './open-client.js'
import { scopeText } from './request-token.js'

export interface AuthorizationRequestDefinition extends OAuth2Definition {
  readonly authorizationUrl?: string | undefined
  readonly pkce?: 'S256' | 'off-because-the-provider-breaks' | undefined
  readonly authorizationParameters?: Readonly<Record<string, string>> | undefined
  readonly authorizationNames?: Readonly<Record<string, string>> | undefined
  readonly codeParameter?: string | undefined
}

/**
 * The URL of an authorization request (RFC 6749 section 4.1.1, RFC 7636 section 4.3), without `state`.
 * @throws ApplicationFailure `InvalidConnection`, `SecretUnresolved`
 */
export async function buildAuthorizationUrl(
  context: Omit<AuthorizationContext, 'auth'> & { readonly auth: AuthorizationRequestDefinition },
): Promise<AuthorizationUrlResult> {
  const { auth } = context
  const scope = context.scope ?? auth.scope
  const endpoints = await findEndpoints(context)
  if (!endpoints.ok) return endpoints
  const { issuer, promisesIssuer } = endpoints
  if (endpoints.authorizationUrl === undefined)
    return {
      ok: false,
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
  const names = auth.authorizationNames ?? {}
  for (const [name, value] of Object.entries(auth.authorizationParameters ?? {}))
    setQuery(url, name, value)
  for (const [name, value] of Object.entries(parameters))
    setQuery(url, Object.hasOwn(names, name) ? (names[name] ?? name) : name, value)
  return {
    ok: true,
    url: url.href,
    issuer: issuer === undefined ? undefined : { value: issuer, required: promisesIssuer },
    codeParameter: auth.codeParameter,
  }
}
