/**
 * The lifetime that a token tells of itself where it is a JWT with `exp` (RFC 7519 section 4.1.4), read
 * without trust: it only times the next refresh. By the provider's own clock where it has `iat` too.
 */
export function jwtLifetimeMs(token: string, nowMs: number): number | undefined {
  const [, payload, signature] = token.split('.')
  if (payload === undefined || signature === undefined) return undefined
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
    const { exp, iat } = claims as { readonly exp?: unknown; readonly iat?: unknown }
    if (typeof exp !== 'number') return undefined
    const lifetimeMs = typeof iat === 'number' ? (exp - iat) * 1000 : exp * 1000 - nowMs
    return lifetimeMs > 0 ? lifetimeMs : undefined
  } catch {
    return undefined
  }
}
