import { readJwtClaims } from './read-jwt-claims.js'

/**
 * The lifetime that a token tells of itself where it is a JWT with `exp` (RFC 7519 section 4.1.4), read
 * without trust: it only times the next refresh. By the provider's own clock where it has `iat` too.
 */
export function jwtLifetimeMs(token: string, nowMs: number): number | undefined {
  const { exp, iat } = readJwtClaims(token) ?? {}
  if (typeof exp !== 'number') return undefined
  const lifetimeMs = typeof iat === 'number' ? (exp - iat) * 1000 : exp * 1000 - nowMs
  return lifetimeMs > 0 ? lifetimeMs : undefined
}
