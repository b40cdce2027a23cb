import {
  allowInsecureRequests,
  type AuthorizationServer,
  type Client,
  type ClientAuth,
  clientCredentialsGrantRequest,
  ClientSecretPost,
  customFetch,
  None,
  refreshTokenGrantRequest,
} from 'oauth4webapi'
import type { OAuth2Definition } from './oauth2-options.js'
import type { Secret } from '../../sealing/secret.js'
import type { Exchange, ExchangeOnce } from '../exchange.js'

export interface TokenRequest {
  readonly tokenUrl: string
  readonly clientId: string
  readonly clientSecret?: Secret
  readonly clientAuthentication: OAuth2Definition['clientAuthentication']
  readonly grant:
    { readonly type: 'client_credentials' } | { readonly type: 'refresh_token'; token: Secret }
  readonly parameters: Readonly<Record<string, string>>
}

/** Sends a token request (RFC 6749 sections 4.4.2 and 6); the answer is judged by `readTokenAnswer`. */
export async function sendTokenRequest(
  request: TokenRequest,
  exchangeOnce: ExchangeOnce,
): Promise<Exchange> {
  const { server, client } = partiesOf(request)
  const authentication = clientAuthentication(request)
  let exchange: Exchange | undefined
  const options = {
    // The definition lets http through to loopback only.
    [allowInsecureRequests]: request.tokenUrl.startsWith('http:'),
    [customFetch]: async (
      url: string,
      init: { readonly headers: Record<string, string>; readonly body: URLSearchParams },
    ) => {
      exchange = await exchangeOnce({
        method: 'POST',
        url,
        headers: init.headers,
        body: init.body.toString(),
      })
      return new Response()
    },
  }
  const { grant, parameters } = request
  if (grant.type === 'client_credentials')
    await clientCredentialsGrantRequest(server, client, authentication, { ...parameters }, options)
  else
    await refreshTokenGrantRequest(server, client, authentication, grant.token.reveal(), {
      ...options,
      additionalParameters: { ...parameters },
    })
  if (exchange === undefined) throw new TypeError('the token request was not handed over')
  return exchange
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

function clientAuthentication(request: TokenRequest): ClientAuth {
  const { clientSecret } = request
  if (request.clientAuthentication === 'none' || clientSecret === undefined) return None()
  return request.clientAuthentication === 'client_secret_post'
    ? ClientSecretPost(clientSecret.reveal())
    : clientSecretBasic(clientSecret)
}

/**
 * Client id and secret by Basic, form-encoded (RFC 6749 section 2.3.1). The library would encode `-`,
 * `_` and `.` too, which the encoding leaves alone: servers that do not decode then refuse the secret.
 */
function clientSecretBasic(clientSecret: Secret): ClientAuth {
  return (_server, { client_id }, _body, headers) => {
    const pair = `${formEncode(client_id)}:${formEncode(clientSecret.reveal())}`
    headers.set('authorization', `Basic ${Buffer.from(pair).toString('base64')}`)
  }
}

function formEncode(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1)
}
