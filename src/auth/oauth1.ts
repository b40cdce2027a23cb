import * as z from 'zod'
import type { SecretReference } from '../contract/credential.js'
import { createFailure } from '../contract/failure.js'
import { withoutUndefined } from '../contract/plain-data.js'
import { plainText, secretReference } from '../definition/text-rules.js'
import { expandTemplate } from '../definition/variables.js'
import { Secret } from '../sealing/secret.js'
import type { AuthKind, OutgoingRequest, SecretFields, SigningContext } from './kind/auth-kind.js'
import { hasFormBody, percentEncode } from './kind/form-parameters.js'
import { mintStatic, neededField } from './kind/static-token.js'
import { readPrivateKey } from './kind/private-key.js'
import { OAUTH1_NAMES, placeOAuth1 } from './oauth1/placement.js'
import {
  OAUTH1_SIGNATURE_METHODS,
  type OAuth1Keys,
  type OAuth1SignatureMethod,
  bodyHash as bodyHashOf,
  oauth1Signature,
  signatureBaseString,
} from './oauth1/signature.js'

/**
 * Credential fields `token` and `tokenSecret`, and `consumerKey` and `consumerSecret` (for RSA
 * `privateKey`) where the connector does not name them; as one text: `token:tokenSecret`.
 */
export interface OAuth1Auth {
  readonly kind: 'oauth1'
  readonly signatureMethod: OAuth1SignatureMethod
  readonly consumerKey?: string | SecretReference | undefined
  readonly consumerSecret?: SecretReference | undefined
  /** For the RSA methods in place of `consumerSecret`: PEM. */
  readonly privateKey?: SecretReference | undefined
  /** RFC 5849 section 3.5. */
  readonly in: 'header' | 'query' | 'body'
  /** In the header, not signed; may hold `{account}` and the connector's variables. */
  readonly realm?: string | undefined
  /**
   * `upper-underscore`: letters in upper case, `-` as `_`. NetSuite: the host has `1234567-sb1`, the
   * realm is `1234567_SB1` (docs.oracle.com, "The Authorization Headers").
   */
  readonly realmForm?: 'upper-underscore' | undefined
  /** `oauth_body_hash` with requests whose body is no form, for servers that want it (OAuth Request Body Hash 1.0 draft 4): by the hash of the signature method. */
  readonly bodyHash?: boolean | undefined
  /** Signed by the consumer alone: there is no token. */
  readonly twoLegged?: boolean | undefined
}

export type OAuth1Options = Omit<OAuth1Auth, 'kind' | 'in'> & {
  /** Default `header`. */
  readonly in?: OAuth1Auth['in'] | undefined
}

const oauth1Schema = z
  .strictObject({
    kind: z.literal('oauth1'),
    signatureMethod: z.enum(OAUTH1_SIGNATURE_METHODS),
    consumerKey: z.exactOptional(z.union([plainText, secretReference])),
    consumerSecret: z.exactOptional(secretReference),
    privateKey: z.exactOptional(secretReference),
    in: z.enum(['header', 'query', 'body']),
    realm: z.exactOptional(plainText.regex(/^[^"\\]*$/, { message: 'must not hold " or \\' })),
    realmForm: z.exactOptional(z.literal('upper-underscore')),
    bodyHash: z.exactOptional(z.boolean()),
    twoLegged: z.exactOptional(z.boolean()),
  })
  .refine((auth) => !isRsa(auth) || auth.consumerSecret === undefined, {
    path: ['consumerSecret'],
    message: 'is never read by an RSA method: name a privateKey',
  })
  .refine((auth) => isRsa(auth) || auth.privateKey === undefined, {
    path: ['privateKey'],
    message: 'is read by the RSA methods only: name a consumerSecret',
  })
  .refine((auth) => auth.bodyHash !== true || auth.signatureMethod !== 'PLAINTEXT', {
    path: ['bodyHash'],
    message: 'is never signed by PLAINTEXT',
  })
  .refine((auth) => auth.in === 'header' || auth.realm === undefined, {
    path: ['realm'],
    message: `stands in the header, so it needs in: 'header'`,
  })
  .refine((auth) => auth.realm !== undefined || auth.realmForm === undefined, {
    path: ['realmForm'],
    message: 'needs a realm',
  })

/** OAuth 1.0a (RFC 5849) with a token that was got elsewhere: signed anew for each attempt. */
export function oauth1(options: OAuth1Options): OAuth1Auth {
  const { in: location = 'header', ...rest } = options
  return { kind: 'oauth1', in: location, ...rest }
}

export const oauth1Kind: AuthKind<OAuth1Auth> = {
  kind: 'oauth1',
  madeBy: 'oauth1()',
  schema: oauth1Schema,
  examples: {
    '': `auth: oauth1({ signatureMethod: 'HMAC-SHA1', consumerKey: 'my-app', consumerSecret: secret('env:CONSUMER_SECRET') })`,
    signatureMethod: `signatureMethod: 'HMAC-SHA256'`,
    consumerKey: `consumerKey: 'my-app'`,
    consumerSecret: `consumerSecret: secret('env:CONSUMER_SECRET')`,
    privateKey: `oauth1({ signatureMethod: 'RSA-SHA256', privateKey: secret('file:/run/secrets/key.pem') })`,
    bodyHash: 'bodyHash: true',
    realm: `realm: '{account}'`,
    realmForm: `realm: '{account}', realmForm: 'upper-underscore'`,
  },
  fields: (auth) => [...tokenFieldNames(auth), 'consumerKey', secretName(auth)],
  askedFields: (auth) => ({
    needed: [
      ...tokenFieldNames(auth),
      ...(['consumerKey', secretName(auth)] as const).filter((name) => auth[name] === undefined),
    ],
    optional: [],
  }),
  longFields: () => ['privateKey'],
  fieldsOfText: (text, auth) => {
    if (auth.twoLegged === true) return { [secretName(auth)]: text }
    const [token = '', ...rest] = text.reveal().split(':')
    return rest.length === 0
      ? { token: text }
      : { token: new Secret(token), tokenSecret: new Secret(rest.join(':')) }
  },
  checkFields: (fields, auth) => {
    const ofConsumer = (['consumerKey', secretName(auth)] as const).filter(
      (name) => auth[name] === undefined,
    )
    const missing = [...tokenFieldNames(auth), ...ofConsumer].find(
      (name) => fields[name] === undefined,
    )
    if (missing !== undefined) return `it lacks the field ${missing}`
    return fields.privateKey === undefined ? undefined : rsaProblem(fields.privateKey)
  },
  templates: ({ realm = '' }) => ({ realm }),
  refreshes: () => false,
  consumesGrant: () => false,
  carriers: (auth) => ({
    headers: auth.in === 'header' ? ['authorization'] : undefined,
    query: auth.in === 'query' ? OAUTH1_NAMES : undefined,
  }),
  signsTime: (auth) => auth.signatureMethod !== 'PLAINTEXT',
  mint: mintStatic,
  authorize: async (request, token, auth, signing) => {
    const keys = await signingKeys(token, auth, signing)
    const consumerKey = await given(token, 'consumerKey', auth.consumerKey, signing)
    const own = withoutUndefined({
      oauth_consumer_key: consumerKey,
      oauth_nonce: Buffer.from(signing.randomBytes(16)).toString('hex'),
      oauth_signature_method: auth.signatureMethod,
      oauth_timestamp: String(Math.floor(signing.now() / 1000)),
      oauth_body_hash: bodyHashParameter(request, auth),
      oauth_token: auth.twoLegged === true ? undefined : neededField(token, 'token').reveal(),
      oauth_version: '1.0',
    })
    const parameters = Object.entries(own).map(
      ([name, value]) => [name, percentEncode(value)] as const,
    )
    const clean = placeOAuth1(request, auth.in, [])
    const baseString = signatureBaseString(clean, parameters)
    const signature = percentEncode(oauth1Signature(auth.signatureMethod, baseString, keys))
    const signed = [...parameters, ['oauth_signature', signature] as const]
    return placeOAuth1(clean, auth.in, signed, realmOf(auth, signing))
  },
}

function isRsa({ signatureMethod }: Pick<OAuth1Auth, 'signatureMethod'>): boolean {
  return signatureMethod.startsWith('RSA-')
}

function tokenFieldNames(auth: OAuth1Auth): readonly string[] {
  if (auth.twoLegged === true) return []
  return isRsa(auth) ? ['token'] : ['token', 'tokenSecret']
}

function secretName(auth: OAuth1Auth): 'privateKey' | 'consumerSecret' {
  return isRsa(auth) ? 'privateKey' : 'consumerSecret'
}

/** Sections 3.1 and 3.2: not for forms, whose parameters are signed; for no body the hash of an empty one. */
function bodyHashParameter(
  request: OutgoingRequest,
  { bodyHash, signatureMethod }: OAuth1Auth,
): string | undefined {
  if (bodyHash !== true || hasFormBody(request)) return undefined
  return bodyHashOf(signatureMethod, request.body ?? '')
}

/** A field of the credential goes before what the connector names. */
async function given(
  token: SecretFields,
  name: string,
  named: string | SecretReference | undefined,
  { resolve }: Pick<SigningContext, 'resolve'>,
): Promise<string> {
  if (token[name] !== undefined || named === undefined) return neededField(token, name).reveal()
  return typeof named === 'string' ? named : (await resolve(named)).reveal()
}

async function signingKeys(
  token: SecretFields,
  auth: OAuth1Auth,
  signing: SigningContext,
): Promise<OAuth1Keys> {
  const secret = new Secret(await given(token, secretName(auth), auth[secretName(auth)], signing))
  if (!isRsa(auth)) {
    const tokenSecret = auth.twoLegged === true ? '' : neededField(token, 'tokenSecret').reveal()
    return { consumerSecret: secret.reveal(), tokenSecret }
  }
  const key = readPrivateKey(secret, { kind: 'rsa' })
  if (typeof key !== 'string') return { privateKey: key }
  throw createFailure('InvalidInput', `The private key of this connection ${key}.`)
}

function rsaProblem(pem: Secret): string | undefined {
  const key = readPrivateKey(pem, { kind: 'rsa' })
  return typeof key === 'string' ? `privateKey ${key}` : undefined
}

/** @throws ApplicationFailure `InvalidConnection` where a value is missing */
function realmOf(
  { realm, realmForm }: OAuth1Auth,
  { variables = {}, rules }: SigningContext,
): string | undefined {
  if (realm === undefined) return undefined
  const filled = expandTemplate(realm, variables, rules)
  if (filled === undefined)
    throw createFailure(
      'InvalidConnection',
      `The realm of the connector holds a {name} that this connection has no value for: connect it again with one, or mend the realm.`,
    )
  return realmForm === undefined ? filled : filled.toUpperCase().replaceAll('-', '_')
}
