import type { MintContext } from '../kind/auth-kind.js'
import type { OpenedClient } from './client-authentication.js'
import type { ClientKey, OAuth2Definition } from './oauth2-options.js'

/** What a client is opened from: a definition, and a credential that may bring id and secret of its own. */
export type ClientContext = Pick<MintContext, 'fields' | 'resolve'> & {
  readonly auth: Pick<
    OAuth2Definition,
    'clientId' | 'clientSecret' | 'clientKey' | 'clientAuthentication' | 'basicEncoding'
  >
}

/** @throws ApplicationFailure `SecretUnresolved` */
export async function openClient(
  context: ClientContext,
  tokenUrl: string,
  issuer: string | undefined,
): Promise<OpenedClient> {
  const { auth, fields, resolve } = context
  const { clientAuthentication, clientKey, basicEncoding } = auth
  const unused = clientAuthentication === 'none' || clientAuthentication === 'private_key_jwt'
  const clientSecret = unused
    ? undefined
    : (fields.clientSecret ?? (auth.clientSecret && (await resolve(auth.clientSecret))))
  return {
    clientId: await openClientId(context),
    clientAuthentication,
    basicEncoding,
    clientSecret,
    clientKey: clientKey && {
      ...clientKey,
      key: await resolve(clientKey.key),
      audience: audienceOf(clientKey, tokenUrl, issuer),
    },
  }
}

/** @throws ApplicationFailure `SecretUnresolved` */
export async function openClientId({ auth, fields, resolve }: ClientContext): Promise<string> {
  const { clientId } = auth
  return (
    fields.clientId?.reveal() ??
    (typeof clientId === 'string' ? clientId : (await resolve(clientId)).reveal())
  )
}

function audienceOf({ audience }: ClientKey, tokenUrl: string, issuer: string | undefined): string {
  return audience === 'issuer' ? (issuer ?? tokenUrl) : (audience ?? tokenUrl)
}
