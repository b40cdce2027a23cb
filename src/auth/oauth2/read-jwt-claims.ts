import { tryParseJson } from '../../wire/json.js'

/** The claims of a JWT (RFC 7519 section 7.2), without any check of its signature; undefined for what is none. */
export function readJwtClaims(token: string): Readonly<Record<string, unknown>> | undefined {
  const [, payload, signature] = token.split('.')
  if (payload === undefined || signature === undefined) return undefined
  const claims = tryParseJson(Buffer.from(payload, 'base64url').toString('utf8'))
  const isObject = typeof claims === 'object' && claims !== null && !Array.isArray(claims)
  return isObject ? (claims as Readonly<Record<string, unknown>>) : undefined
}
