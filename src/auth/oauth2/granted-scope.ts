/** OpenID's own (Core 1.0 sections 5.4 and 11): servers answer them under other names or not at all. */
const OPENID_SCOPES = new Set(['openid', 'profile', 'email', 'address', 'phone', 'offline_access'])

/**
 * What was asked for and not granted (RFC 6749 section 5.1: no scope in the answer means all of it).
 * Names only scopes that were asked for. A scope in another case, with or without the URL before it,
 * or one that a granted scope implies, is granted.
 * @param implied by granted scope, as the definition says
 */
export function missingScope(
  asked: string | undefined,
  granted: string | undefined,
  implied: Readonly<Record<string, readonly string[]>> = {},
): string | undefined {
  if (asked === undefined || granted === undefined) return undefined
  const given = new Set(granted.split(/[\s,+]+/).map(plainName))
  for (const [wider, narrower] of Object.entries(implied))
    if (given.has(plainName(wider))) for (const name of narrower) given.add(plainName(name))
  const isGranted = (scope: string): boolean =>
    given.has(plainName(scope)) || widerNames(plainName(scope)).some((name) => given.has(name))
  const missing = asked
    .split(/\s+/)
    .filter((scope) => scope !== '' && !OPENID_SCOPES.has(scope) && !isGranted(scope))
  return missing.length === 0 ? undefined : missing.join(' ')
}

/** `mail.read` for `https://graph.example/Mail.Read` and `api://4f2c/Mail.Read`. */
function plainName(scope: string): string {
  return scope.toLowerCase().replace(/^[a-z][a-z0-9+.-]*:\/\/(?:[^/]+\/)+(?=[^/]+$)/, '')
}

/** Whoever may write may read: providers name the wider one only (Shopify `write_products`, Microsoft `Mail.ReadWrite`). */
function widerNames(scope: string): readonly string[] {
  const write = scope.replace(/(?<![a-z])read(?:_?only)?(?![a-z])/, 'write')
  return write === scope ? [] : [write, scope.replace(/(?<![a-z])read(?![a-z])/, 'readwrite')]
}
