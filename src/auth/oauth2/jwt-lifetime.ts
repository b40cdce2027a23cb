import { readJwtClaims } from './read-jwt-claims.js'

/**
 * The lifetime that a token tells of itself where it is a JWT with `exp` (RFC 7519 section 4.1.4), read
 * without trust: it only times the next refresh.
 */
export function jwtLifetimeMs(token: string, nowMs: number): number | undefined {
  return lifetimeOfClaims(readJwtClaims(token) ?? {}, nowMs)
}

/** From `exp`; by the provider's own clock where there is `iat` too. */
export function lifetimeOfClaims(
  { exp, iat }: { readonly exp?: unknown; readonly iat?: unknown },
  nowMs: number,
): number | undefined {
  if (typeof exp !== 'number') return undefined
  const lifetimeMs = typeof iat === 'number' ? (exp - iat) * 1000 : exp * 1000 - nowMs
  return lifetimeMs > 0 && lifetimeMs < LONGEST_MS ? lifetimeMs : undefined
}

/** A hundred years: more is a mistake, and no number to count with. */
const LONGEST_MS = 3.2e12
