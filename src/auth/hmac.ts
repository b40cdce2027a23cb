import { createHash, createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { createFailure } from '../contract/failure.js'
import { Secret } from '../sealing/secret.js'
import type { AuthKind, OutgoingRequest, SecretFields, SigningContext } from './kind/auth-kind.js'
import { isHeaderValue } from './kind/header-value.js'
import type { HmacAuth, HmacBodyHash, HmacEncoding, HmacTimestamp } from './hmac/definition.js'
import { type HmacPlan, type HmacValues, placeValues, planOf, withoutPlaced } from './hmac/plan.js'
import { hmacSchema } from './hmac/schema.js'
import { mintStatic, neededField } from './kind/static-token.js'

export type { HmacAuth } from './hmac/definition.js'

/**
 * Requests signed with a shared secret, over what a template says, anew for each attempt:
 * `hmac({ algorithm: 'hmac-sha256', text: '{timestamp}{method}{target}{body}', … })`.
 */
export function hmac(options: Omit<HmacAuth, 'kind'>): HmacAuth {
  return { kind: 'hmac', ...options }
}

const HMAC_EXAMPLE = `hmac({ algorithm: 'hmac-sha256', text: '{timestamp}{method}{target}{body}', encoding: 'hex', timestamp: 'seconds', fields: ['keyId'], headers: { 'X-Timestamp': '{timestamp}', Authorization: 'HMAC {keyId}:{signature}' } })`

export const hmacKind: AuthKind<HmacAuth> = {
  kind: 'hmac',
  madeBy: 'hmac()',
  schema: hmacSchema,
  examples: {
    '': `auth: ${HMAC_EXAMPLE}`,
    algorithm: `algorithm: 'hmac-sha256'`,
    text: `text: '{timestamp}{method}{target}{body}'`,
    encoding: `encoding: 'base64'`,
    keyEncoding: `keyEncoding: 'base64'`,
    fields: HMAC_EXAMPLE,
    timestamp: HMAC_EXAMPLE,
    nonce: `nonce: 'uuid', text: '{nonce}{method}{target}', headers: { 'X-Nonce': '{nonce}', 'X-Signature': '{signature}' }`,
    bodyHash: `bodyHash: { hash: 'sha256', encoding: 'hex' }, text: '{method}{target}{bodyHash}'`,
    headers: `headers: { 'X-Timestamp': '{timestamp}', Authorization: 'HMAC {keyId}:{signature}' }`,
    query: `query: { timestamp: '{timestamp}', signature: '{signature}' }`,
  },
  fields: ({ fields = [] }) => [...fields, 'secret'],
  fieldsOfText: (text, { fields = [] }) => {
    const parts = text.reveal().split(':')
    if (parts.length <= fields.length) return { secret: text }
    return {
      ...Object.fromEntries(fields.map((name, index) => [name, new Secret(parts[index] ?? '')])),
      secret: new Secret(parts.slice(fields.length).join(':')),
    }
  },
  checkFields: (given, auth) => {
    const { fields = [] } = auth
    const missing = [...fields, 'secret'].find((name) => given[name] === undefined)
    if (missing !== undefined) return `it lacks the field ${missing}`
    const broken = fields.find((name) => !isHeaderValue(given[name]?.reveal() ?? ''))
    if (broken !== undefined)
      return `${broken} holds a line break, a control character or one outside latin-1`
    return given.secret === undefined ? undefined : signingKeyProblem(given.secret, auth)
  },
  refreshes: () => false,
  consumesGrant: () => false,
  carriers: ({ headers, query }) => ({
    headers: headers && Object.keys(headers),
    query: query && Object.keys(query),
  }),
  signsTime: ({ timestamp }) => timestamp !== undefined,
  mint: mintStatic,
  authorize: (request, token, auth, signing) => {
    const plan = planOf(auth)
    const ready = withoutPlaced(plan, request)
    const values = hmacValues(ready, token, auth, signing)
    placeValues(plan.unsigned, values)
    values.signature = signatureOf(plan, values, auth)
    placeValues(plan.signed, values)
    return ready
  },
}

/** What is made anew for each request. */
function hmacValues(
  request: OutgoingRequest,
  token: SecretFields,
  { timestamp, nonce, bodyHash }: HmacAuth,
  { now, randomBytes }: SigningContext,
): HmacValues {
  return {
    request,
    token,
    timestamp: timestamp === undefined ? '' : formatTimestamp(timestamp, now()),
    nonce: nonce === undefined ? '' : formatNonce(nonce, randomBytes(16)),
    bodyHash: bodyHash === undefined ? '' : hashBody(bodyHash, request.body ?? ''),
    signature: '',
  }
}

function signatureOf(
  { text: fill, hmacHash }: HmacPlan,
  values: HmacValues,
  auth: HmacAuth,
): string {
  const { algorithm, textEncoding, encoding, keyEncoding = 'text' } = auth
  const text = fill(values)
  const signed = textEncoding === undefined ? text : Buffer.from(text, 'utf8').toString('base64')
  const secret = neededField(values.token, 'secret')
  const hash =
    hmacHash === undefined
      ? createHash(algorithm)
      : createHmac(hmacHash, secret.derive(TO_KEY[keyEncoding]))
  return formatDigest(hash.update(signed, 'utf8'), encoding)
}

/** How the key of each encoding is made of a secret; the secret keeps it. */
const TO_KEY = {
  text: (secret: Secret) => keyObjectOf(secret, 'text'),
  hex: (secret: Secret) => keyObjectOf(secret, 'hex'),
  base64: (secret: Secret) => keyObjectOf(secret, 'base64'),
} as const

/** A `KeyObject` prints nothing. */
function keyObjectOf(secret: Secret, keyEncoding: keyof typeof TO_KEY): KeyObject {
  const problem = signingKeyProblem(secret, { keyEncoding })
  if (problem !== undefined)
    throw createFailure('InvalidInput', `The credential can not sign: ${problem}. Connect again.`)
  const encoding = keyEncoding === 'text' ? 'utf8' : keyEncoding
  return createSecretKey(Buffer.from(secret.reveal(), encoding))
}

/** What Node would skip without a word, signing with another key. */
function signingKeyProblem(
  secret: Secret,
  { keyEncoding = 'text' }: Pick<HmacAuth, 'keyEncoding'>,
): string | undefined {
  const text = secret.reveal()
  if (keyEncoding === 'hex' && !/^(?:[0-9a-f]{2})+$/i.test(text))
    return 'secret is not hexadecimal, as the connector says'
  if (keyEncoding === 'base64' && !/^[A-Za-z0-9+/]{2,}={0,2}$/.test(text))
    return 'secret is not base64, as the connector says'
  return undefined
}

/** A moment as text. */
function formatTimestamp(format: HmacTimestamp, nowMs: number): string {
  switch (format) {
    case 'seconds':
      return String(Math.floor(nowMs / 1000))
    case 'milliseconds':
      return String(Math.floor(nowMs))
    case 'iso':
      return `${new Date(nowMs).toISOString().slice(0, -5)}Z`
    case 'iso-milliseconds':
      return new Date(nowMs).toISOString()
    case 'rfc1123':
      return new Date(nowMs).toUTCString()
    case 'rfc2822':
      return new Date(nowMs).toUTCString().replace('GMT', '-0000')
  }
}

/** @param random 16 bytes */
function formatNonce(format: 'uuid' | 'hex', random: Uint8Array): string {
  const bytes = Buffer.from(random)
  if (format === 'hex') return bytes.toString('hex')
  // RFC 9562 section 5.4: version 4 and its variant.
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

interface Digesting {
  readonly digest: (encoding: 'hex' | 'base64' | 'base64url') => string
}

/** The digest of a hash or MAC that has taken everything in. */
function formatDigest(hash: Digesting, encoding: HmacEncoding): string {
  switch (encoding) {
    case 'hex-upper':
      return hash.digest('hex').toUpperCase()
    case 'base64-of-hex':
      return Buffer.from(hash.digest('hex')).toString('base64')
    default:
      return hash.digest(encoding)
  }
}

function hashBody({ hash, encoding, ifEmpty }: HmacBodyHash, body: string): string {
  if (body === '' && ifEmpty === 'nothing') return ''
  return formatDigest(createHash(hash).update(body, 'utf8'), encoding)
}
