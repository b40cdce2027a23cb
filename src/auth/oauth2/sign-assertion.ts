import { SignJWT } from 'jose'
import { createPrivateKey } from 'node:crypto'
import { withoutUndefined } from '../../contract/plain-data.js'
import { Secret } from '../../sealing/secret.js'
import type { SigningContext } from '../kind/auth-kind.js'

/** RFC 7518 section 3.1 and RFC 8037: asymmetric ones only. */
export const ASSERTION_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const

export type AssertionAlgorithm = (typeof ASSERTION_ALGORITHMS)[number]

export interface Assertion {
  readonly key: Secret
  readonly alg: AssertionAlgorithm
  readonly kid?: string | undefined
  readonly issuer: string
  readonly subject?: string | undefined
  readonly audience: string
  readonly lifetimeMs: number
  readonly claims?: Readonly<Record<string, string | number | boolean | undefined>> | undefined
}

/** Servers refuse what was issued in their future, and clocks differ by seconds: it is dated back, at most by a quarter of its life. */
const BACK_DATED_S = 30

/** The key does not fit the algorithm or is none. Says nothing of the key. */
export class UnusableKey extends Error {
  override readonly name = 'UnusableKey'
}

/**
 * A signed assertion (RFC 7523 section 3): `iss`, `sub`, `aud`, `iat`, `exp`, `jti`. For one attempt:
 * servers refuse a `jti` that they have seen.
 * @throws UnusableKey
 */
export async function signAssertion(
  assertion: Assertion,
  { now, randomBytes }: Pick<SigningContext, 'now' | 'randomBytes'>,
): Promise<Secret> {
  const { alg, kid, issuer, subject, audience, lifetimeMs, claims } = assertion
  const lifetime = Math.floor(lifetimeMs / 1000)
  const backDated = Math.min(BACK_DATED_S, Math.floor(lifetime / 4))
  const issuedAt = Math.floor(now() / 1000) - backDated
  const jwt = new SignJWT({ ...claims })
    .setProtectedHeader(withoutUndefined({ alg, typ: 'JWT', kid }))
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + lifetime)
    .setJti(Buffer.from(randomBytes(16)).toString('base64url'))
  if (subject !== undefined) jwt.setSubject(subject)
  try {
    return new Secret(await jwt.sign(createPrivateKey(pemOf(assertion.key))))
  } catch {
    throw new UnusableKey(`the key is no private key in PEM for ${alg}`)
  }
}

/** In environment variables the line breaks of a PEM are often written as \\n. */
export function pemOf(key: Secret): string {
  return key.reveal().replaceAll('\\n', '\n')
}
