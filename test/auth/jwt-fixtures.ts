import {
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  timingSafeEqual,
  verify,
} from 'node:crypto'
import type { MintContext } from '../../src/auth/kind/auth-kind.js'
import { jwtKind } from '../../src/auth/jwt.js'
import type { JwtAuth } from '../../src/connectors/index.js'
import type { JwtAlgorithm } from '../../src/auth/jwt/jwt-algorithms.js'
import { Secret } from '../../src/sealing/secret.js'

export const HMAC_KEY = 'canary-key'.padEnd(64, '-+/=&é')
export const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve })
export const pairs: Partial<Record<JwtAlgorithm, { readonly privateKey: KeyObject }>> = {
  ...Object.fromEntries(
    ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'].map((name) => [name, rsa]),
  ),
  ES256: ec('P-256'),
  ES384: ec('P-384'),
  ES512: ec('P-521'),
  EdDSA: generateKeyPairSync('ed25519'),
}
export const ALGORITHMS = ['HS256', 'HS384', 'HS512', ...Object.keys(pairs)] as JwtAlgorithm[]

export function pemOf(algorithm: JwtAlgorithm): string {
  const pem = pairs[algorithm]?.privateKey.export({ type: 'pkcs8', format: 'pem' })
  return pem === undefined ? HMAC_KEY : String(pem).trimEnd()
}

export function publicPemOf(algorithm: JwtAlgorithm): string {
  return String(createPublicKey(pemOf(algorithm)).export({ type: 'spki', format: 'pem' }))
}

/** By node:crypto alone, as RFC 7515 and RFC 7518 say. */
export function isSignedRight(token: string, algorithm: JwtAlgorithm): boolean {
  const [head = '', payload = '', mac = ''] = token.split('.')
  const data = Buffer.from(`${head}.${payload}`)
  const signature = Buffer.from(mac, 'base64url')
  const hash = `sha${algorithm.slice(2)}`
  if (algorithm.startsWith('HS')) {
    const right = createHmac(hash, HMAC_KEY).update(data).digest()
    return right.length === signature.length && timingSafeEqual(right, signature)
  }
  const key = publicPemOf(algorithm)
  if (algorithm === 'EdDSA') return verify(null, data, key, signature)
  const isPss = algorithm.startsWith('PS')
  const options = isPss ? { padding: 6, saltLength: Number(algorithm.slice(2)) / 8 } : {}
  return verify(hash, data, { key, dsaEncoding: 'ieee-p1363', ...options }, signature)
}

export function readJwt(token: string): readonly [header: object, claims: Record<string, unknown>] {
  const parts = token.split('.').slice(0, 2)
  const [header, claims] = parts.map((part) => Buffer.from(part, 'base64url').toString())
  return [JSON.parse(header ?? '') as object, JSON.parse(claims ?? '') as Record<string, unknown>]
}

export const NOW_MS = Date.parse('2026-01-15T12:00:00.700Z')
export const context = (auth: JwtAuth, fields: Record<string, string>): MintContext<JwtAuth> => ({
  auth,
  account: 'acme',
  fields: Object.fromEntries(
    Object.entries(fields).map(([name, text]) => [name, new Secret(text)]),
  ),
  variables: { account: 'acme', region: 'eu-1' },
  rules: { region: { from: 'credential', form: 'label' } },
  resolve: ({ secret: name }) => Promise.resolve(new Secret(name === 'env:K' ? HMAC_KEY : '')),
  exchangeOnce: () => Promise.reject(new Error('nothing is to be sent')),
  now: () => NOW_MS,
  randomBytes: (size) => new Uint8Array(size).fill(255),
})

export async function minted(auth: JwtAuth, fields: Record<string, string>) {
  const outcome = await jwtKind.mint(context(auth, fields))
  if (outcome.outcome === 'refused') throw new Error(outcome.message)
  return { ...outcome, token: outcome.token['accessToken']?.reveal() ?? '' }
}
