import { SignJWT } from 'jose'
import type { KeyObject } from 'node:crypto'
import type { SecretReference } from '../contract/credential.js'
import { withoutUndefined } from '../contract/plain-data.js'
import { textsOf } from '../definition/template.js'
import { isVariableValue, type VariableRules } from '../definition/variables.js'
import { Secret } from '../sealing/secret.js'
import type { AuthKind, MintContext, MintOutcome, RefreshOptions } from './kind/auth-kind.js'
import { filledClaims, type JwtClaims } from './jwt/claim-templates.js'
import {
  type JwtAlgorithm,
  type JwtKeyFormat,
  keyFormatsOf,
  HMAC_BYTES,
  isHmac,
  PRIVATE_KEYS,
} from './jwt/jwt-algorithms.js'
import { jwtSchema } from './jwt/jwt-schema.js'
import { neededField } from './kind/static-token.js'
import { carriersOf, type CredentialLocation, putAt } from './kind/credential-location.js'
import { readPrivateKey } from './kind/private-key.js'

/**
 * Credential field `key`, where the connector names none, and those of `fields`; as one text: the key,
 * or `field:key` with one field and a key that is no PEM.
 */
export interface JwtAuth {
  readonly kind: 'jwt'
  /** RFC 7518 section 3.1, RFC 8037. */
  readonly algorithm: JwtAlgorithm
  /** HMAC: `text`, `hex` (Ghost), `base64`; others: `pem`, or `base64` of PKCS #8. */
  readonly keyFormat: JwtKeyFormat
  /** The key of the connector, the same for all its connections. */
  readonly key?: SecretReference | undefined
  /** Further fields of a credential, for the templates. */
  readonly fields?: readonly string[] | undefined
  /** The header of the JWT, beside `alg`: templates, as `kid: '{keyId}'`. Default `typ: 'JWT'`. */
  readonly header?: Readonly<Record<string, string>> | undefined
  /**
   * Texts in it are templates over `fields`, `{account}` and the connector's variables of the forms label
   * and segment. The kind itself adds `iat` and `exp`.
   */
  readonly claims: JwtClaims
  /** From `iat` to `exp` but for `backdateMs`: Ghost takes at most 5 minutes, App Store Connect 20. */
  readonly lifetimeMs: number
  /** How far `iat` lies in the past, for upstreams whose clock is behind. GitHub advises 60,000. */
  readonly backdateMs?: number | undefined
  /** Adds `nbf`, the same as `iat`. */
  readonly notBefore?: boolean | undefined
  /** Adds a `jti` of 128 random bits. */
  readonly tokenId?: boolean | undefined
  readonly location: CredentialLocation & { readonly prefix?: string | undefined }
  readonly refresh?: Pick<RefreshOptions, 'mode' | 'usedWithinMs'> | undefined
}

export type JwtOptions = Omit<JwtAuth, 'kind' | 'keyFormat' | 'claims' | 'location'> & {
  /** Default `text` for HMAC, `pem` for others. */
  readonly keyFormat?: JwtKeyFormat | undefined
  readonly claims?: JwtClaims | undefined
  /** Default: `Authorization: Bearer`. */
  readonly location?: JwtAuth['location'] | undefined
}

/** A JWT that the client signs itself (RFC 7519), sent as a bearer token until it dies. */
export function jwt(options: JwtOptions): JwtAuth {
  const {
    keyFormat = keyFormatsOf(options.algorithm)[0] ?? 'text',
    claims = {},
    location = { in: 'header', name: 'Authorization', prefix: 'Bearer ' },
    ...rest
  } = options
  return { kind: 'jwt', keyFormat, claims, location, ...rest }
}

export const jwtKind: AuthKind<JwtAuth> = {
  kind: 'jwt',
  madeBy: 'jwt()',
  schema: jwtSchema,
  examples: {
    '': `auth: jwt({ algorithm: 'RS256', claims: { iss: '{issuer}', aud: 'https://api.example.com' }, fields: ['issuer'], lifetimeMs: 600_000 })`,
    algorithm: `algorithm: 'ES256'`,
    keyFormat: `jwt({ algorithm: 'HS256', keyFormat: 'hex', lifetimeMs: 300_000 })`,
    key: `key: secret('file:/run/secrets/key.pem')`,
    fields: `jwt({ algorithm: 'ES256', header: { kid: '{keyId}' }, fields: ['keyId'], lifetimeMs: 600_000 })`,
    header: `header: { kid: '{keyId}' }`,
    claims: `claims: { iss: '{issuer}', aud: 'https://api.example.com' }`,
    lifetimeMs: 'lifetimeMs: 600_000',
    location: `location: { in: 'header', name: 'Authorization', prefix: 'Ghost ' }`,
    refresh: `refresh: { mode: 'on-demand' }`,
  },
  fields: ({ fields = [], key }) => (key === undefined ? [...fields, 'key'] : fields),
  longFields: ({ keyFormat }) => (keyFormat === 'pem' ? ['key'] : []),
  fieldsOfText: (text, auth) => {
    const [first, second, ...others] = jwtKind.fields(auth)
    if (first === undefined || others.length > 0) return undefined
    if (second === undefined) return { [first]: text }
    const [value = '', ...rest] = text.reveal().split(':')
    return auth.keyFormat === 'pem' || second !== 'key' || rest.length === 0
      ? undefined
      : { [first]: new Secret(value), key: new Secret(rest.join(':')) }
  },
  checkFields: (fields, auth) => {
    const missing = jwtKind
      .fields(auth)
      .find((name) => !Object.hasOwn(fields, name) || fields[name]?.reveal() === '')
    if (missing !== undefined) return `it lacks the field ${missing}`
    if (fields['key'] === undefined) return undefined
    const key = readSigningKey(fields['key'], auth.algorithm, auth.keyFormat)
    return typeof key === 'string' ? `key ${key}` : undefined
  },
  refreshes: () => true,
  consumesGrant: () => false,
  policy: (auth) => auth.refresh,
  templates: ({ header = {}, claims, fields = [] }) =>
    Object.fromEntries(
      textsOf({ header, claims }).map(([path, text]) => [
        path,
        fields.reduce((left, name) => left.replaceAll(`{${name}}`, ''), text),
      ]),
    ),
  carriers: ({ location }) => carriersOf([location]),
  mint: mintJwt,
  authorize: (request, token, { location }) =>
    putAt(
      request,
      location,
      `${location.prefix ?? ''}${neededField(token, 'accessToken').reveal()}`,
    ),
}

/** Signs; nothing is sent. */
async function mintJwt(context: MintContext<JwtAuth>): Promise<MintOutcome> {
  const { auth, fields, resolve, now, randomBytes } = context
  const { algorithm, keyFormat, header = {}, backdateMs = 0, lifetimeMs } = auth
  const text = auth.key === undefined ? neededField(fields, 'key') : await resolve(auth.key)
  const key = readSigningKey(text, algorithm, keyFormat)
  if (typeof key === 'string') return unusable('unusable_key', `the signing key ${key}`)
  const valueOf = claimValues(context)
  const parts = filledClaims({ header, claims: auth.claims }, valueOf)
  if (parts === undefined)
    return unusable(
      'missing_value',
      `a {name} in the header or claims of the connector's jwt() has no value for this connection`,
    )
  const nowMs = now()
  const issuedAt = Math.floor((nowMs - backdateMs) / 1000)
  const expiresAt = Math.floor((nowMs + lifetimeMs) / 1000)
  const payload = withoutUndefined({
    ...parts.claims,
    iat: issuedAt,
    exp: expiresAt,
    nbf: auth.notBefore === true ? issuedAt : undefined,
    jti: auth.tokenId === true ? Buffer.from(randomBytes(16)).toString('base64url') : undefined,
  })
  const signed = await new SignJWT(payload)
    .setProtectedHeader({ typ: 'JWT', ...parts.header, alg: algorithm })
    .sign(key)
  return {
    outcome: 'granted',
    token: { accessToken: new Secret(signed) },
    lifetimeMs: expiresAt * 1000 - nowMs,
    sentAtMs: nowMs,
    answeredAtMs: nowMs,
  }
}

function unusable(code: string, what: string): MintOutcome {
  const message = `${what}: mend the connector, or connect it again.`
  return { outcome: 'refused', class: 'misconfigured', code, message }
}

/** Values for templates: fields of the credential, then the connector's variables. */
function claimValues({
  auth,
  fields,
  variables,
  rules,
}: MintContext<JwtAuth>): (name: string) => string | undefined {
  return (name) => {
    if (auth.fields?.includes(name) === true) return fields[name]?.reveal()
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined
    return value !== undefined && isVariableValue(ruleOf(name, rules), value) ? value : undefined
  }
}

function ruleOf(name: string, rules: VariableRules) {
  const rule = Object.hasOwn(rules, name) ? rules[name] : undefined
  return rule ?? ({ form: 'label' } as const)
}

/** The key to sign with; a text says what is wrong with it, and nothing of it. */
function readSigningKey(
  text: Secret,
  algorithm: JwtAlgorithm,
  format: JwtKeyFormat,
): KeyObject | Uint8Array | string {
  if (!isHmac(algorithm))
    return readPrivateKey(text, PRIVATE_KEYS[algorithm], format === 'base64' ? 'base64' : 'pem')
  const bytes = keyBytes(text.reveal(), format)
  if (bytes === undefined) return `is not written in ${format}`
  const needed = HMAC_BYTES[algorithm]
  return bytes.length < needed ? `has less than the ${needed} bytes that ${algorithm} needs` : bytes
}

/** Node leaves out what it can't decode, and would sign with a shorter key. */
function keyBytes(text: string, format: JwtKeyFormat): Uint8Array | undefined {
  switch (format) {
    case 'hex':
      return /^(?:[0-9a-f]{2})+$/i.test(text) ? Buffer.from(text, 'hex') : undefined
    case 'base64':
      return /^[A-Za-z0-9+/_-]+={0,2}$/.test(text) ? Buffer.from(text, 'base64') : undefined
    case 'pem':
    case 'text':
      return Buffer.from(text, 'utf8')
  }
}
