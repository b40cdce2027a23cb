import { type AuthorizationServer, type Client, genericTokenEndpointRequest } from 'oauth4webapi'
import type { Secret } from '../../sealing/secret.js'
import { addQuery } from '../../wire/query.js'
import type { SigningContext } from '../kind/auth-kind.js'
import type { Exchange, ExchangeOnce, ExchangeRequest } from '../kind/exchange.js'
import { authenticateClient, type OpenedClient } from './client-authentication.js'
import { FORM_TYPE, type FormPost, handToLibrary } from './hand-over.js'
import type { TokenRequestRules } from './token-endpoint-rules.js'

export interface TokenRequest extends OpenedClient {
  readonly tokenUrl: string
  readonly grant: TokenGrant
  readonly rules?: TokenRequestRules | undefined
  /** Further parameters; what the grant itself sets wins. */
  readonly parameters: Readonly<Record<string, string>>
}

/** What is asked with: `grant_type` and the parameters that go with it. */
export interface TokenGrant {
  readonly type: string
  /** One that is undefined is not sent. */
  readonly parameters: Readonly<Record<string, string | Secret | undefined>>
}

/**
 * Sends a token request (RFC 6749 section 4.1.3, 4.4.2 and 6, RFC 7523 section 2.1); the answer is
 * judged by `readTokenAnswer`.
 * @throws UnusableKey before anything is sent
 */
export async function sendTokenRequest(
  request: TokenRequest,
  { exchangeOnce, ...signing }: SigningParts & { readonly exchangeOnce: ExchangeOnce },
): Promise<Exchange> {
  const { server, client } = partiesOf(request)
  const { grant, rules = {} } = request
  const authentication = rules.unauthenticated
    ? () => undefined
    : authenticateClient(request, signing)
  const parameters = { ...request.parameters }
  for (const [name, value] of Object.entries(grant.parameters))
    if (value !== undefined) parameters[name] = typeof value === 'string' ? value : value.reveal()
  const { options, exchanged } = handToLibrary(request.tokenUrl, exchangeOnce, (url, post) =>
    toExchangeRequest(url, post, rules),
  )
  const { type } = grant
  await genericTokenEndpointRequest(server, client, authentication, type, parameters, options)
  return exchanged()
}

type SigningParts = Pick<SigningContext, 'now' | 'randomBytes'>

/** Turns the standard request into the one that the provider takes. */
function toExchangeRequest(
  target: string,
  { headers: standard, body }: FormPost,
  { method = 'POST', body: encoding = 'form', names = {}, headers: further }: TokenRequestRules,
): ExchangeRequest {
  const pairs = [...body].map(([name, value]): [string, string] => [
    Object.hasOwn(names, name) ? (names[name] ?? name) : name,
    value,
  ])
  const { 'content-type': _withCharset, ...rest } = standard
  const headers = { ...rest, ...further }
  if (method === 'GET' || encoding === 'query') {
    const url = new URL(target)
    for (const [name, value] of pairs) addQuery(url, name, value)
    return { method, url: url.href, headers }
  }
  return encoding === 'json'
    ? {
        method,
        url: target,
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(Object.fromEntries(pairs)),
      }
    : {
        method,
        url: target,
        headers: { ...headers, 'content-type': FORM_TYPE },
        body: new URLSearchParams(pairs).toString(),
      }
}

/** The two parties of a token request as oauth4webapi knows them. */
export function partiesOf(request: Pick<TokenRequest, 'tokenUrl' | 'clientId'>): {
  readonly server: AuthorizationServer
  readonly client: Client
} {
  return {
    server: { issuer: new URL(request.tokenUrl).origin, token_endpoint: request.tokenUrl },
    client: { client_id: request.clientId },
  }
}
