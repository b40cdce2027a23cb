/** OpenID's own (Core 1.0 sections 5.4 and 11): servers answer them under other names or not at all. */
const OPENID_SCOPES = new Set(['openid', 'profile', 'email', 'address', 'phone', 'offline_access'])

/**
 * What was asked for and not granted (RFC 6749 section 5.1: no scope in the answer means all of it).
 * Names only scopes that were asked for.
 */
export function missingScope(
  asked: string | undefined,
  granted: string | undefined,
): string | undefined {
  if (asked === undefined || granted === undefined) return undefined
  const given = new Set(granted.split(/[\s,+]+/))
  const missing = asked
    .split(/\s+/)
    .filter((scope) => scope !== '' && !OPENID_SCOPES.has(scope) && !given.has(scope))
  return missing.length === 0 ? undefined : missing.join(' ')
}
