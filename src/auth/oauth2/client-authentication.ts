import { type ClientAuth, ClientSecretPost, None } from 'oauth4webapi'
import type { Secret } from '../../sealing/secret.js'
import type { SigningContext } from '../kind/auth-kind.js'
import type { BasicEncoding, ClientAuthentication, ClientKey } from './oauth2-options.js'
import { signAssertion } from './sign-assertion.js'

/** A client with its secrets opened, for one attempt. */
export interface OpenedClient {
  readonly clientId: string
  readonly clientAuthentication: ClientAuthentication
  readonly basicEncoding?: BasicEncoding | undefined
  /** Absent or blank: not sent. A blank one breaks strict servers (NangoHQ/nango#6921). */
  readonly clientSecret?: Secret | undefined
  readonly clientKey?: OpenedClientKey | undefined
}

export interface OpenedClientKey extends Pick<ClientKey, 'alg' | 'kid'> {
  readonly key: Secret
  readonly audience: string
}

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
/** RFC 7523 section 3: short; five minutes is the most that Okta and Microsoft Entra take. */
const ASSERTION_LIFETIME_MS = 120_000

/** What proves to a token, introspection or revocation endpoint who the client is. */
export function authenticateClient(
  { clientAuthentication, clientSecret, clientKey, basicEncoding = 'form' }: OpenedClient,
  signing: Pick<SigningContext, 'now' | 'randomBytes'>,
): ClientAuth {
  if (clientAuthentication === 'private_key_jwt' && clientKey !== undefined)
    return privateKeyJwt(clientKey, signing)
  if (clientAuthentication === 'none' || !clientSecret?.reveal()) return None()
  return clientAuthentication === 'client_secret_post'
    ? ClientSecretPost(clientSecret.reveal())
    : clientSecretBasic(clientSecret, basicEncoding)
}

/**
 * Client id and secret by Basic, form-encoded (RFC 6749 section 2.3.1). The library would encode `-`,
 * `_` and `.` too, which the encoding leaves alone: servers that do not decode then refuse the secret.
 */
function clientSecretBasic(clientSecret: Secret, encoding: BasicEncoding): ClientAuth {
  return (_server, { client_id }, _body, headers) => {
    const encode = encoding === 'form' ? formEncode : (text: string) => text
    const pair = `${encode(client_id)}:${encode(clientSecret.reveal())}`
    const bytes = Buffer.from(pair, encoding === 'raw-latin1' ? 'latin1' : 'utf8')
    headers.set('authorization', `Basic ${bytes.toString('base64')}`)
  }
}

/** RFC 7523 section 2.2. The library's own takes neither the clock nor the randomness that are handed in. */
function privateKeyJwt(
  { key, alg, kid, audience }: OpenedClientKey,
  signing: Pick<SigningContext, 'now' | 'randomBytes'>,
): ClientAuth {
  return async (_server, { client_id }, body) => {
    const parties = { issuer: client_id, subject: client_id, audience }
    const made = { key, alg, kid, ...parties }
    const assertion = await signAssertion({ ...made, lifetimeMs: ASSERTION_LIFETIME_MS }, signing)
    body.set('client_id', client_id)
    body.set('client_assertion_type', ASSERTION_TYPE)
    body.set('client_assertion', assertion.reveal())
  }
}

function formEncode(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1)
}
