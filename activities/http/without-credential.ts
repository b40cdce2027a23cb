import { type AuthDefinition, authKindOf } from '../../src/auth/registry.js'
import type { AuthLike, SecretFields } from '../../src/auth/auth-kind.js'

/** A shorter text could stand in a query by chance. */
const MIN_SECRET_LENGTH = 8

/**
 * Whether a host may be named in a message: not where a field of the token stands in it, or a part of it
 * in a field.
 */
export function mayNameHost(host: string, token: SecretFields): boolean {
  const labels = host.toLowerCase().split(/[.:-]/)
  const whole = labels.join('')
  return Object.values(token).every((field) => {
    const secret = field.reveal().toLowerCase()
    const bare = secret.replace(/[.:-]/g, '')
    if (bare.length >= MIN_SECRET_LENGTH && whole.includes(bare)) return false
    return !labels.some((label) => label.length >= MIN_LABEL && secret.includes(label))
  })
}

/** A shorter part of a host is in many a secret. */
const MIN_LABEL = 6

/**
 * A URL without what authenticates: the parameters that the kind sets in the query, any parameter that holds a
 * field of the token, user and password. The rest stays as it was written.
 */
export function withoutCredential(url: URL, auth: AuthDefinition, token: SecretFields): URL {
  const kind = authKindOf<AuthLike>(auth)
  const plain = kind.plainFields?.(auth) ?? []
  const secrets = Object.entries(token)
    .filter(([name]) => !plain.includes(name))
    .map(([, field]) => field.reveal())
    .filter((text) => text.length >= MIN_SECRET_LENGTH)
  const carried = kind.carriers?.(auth).query ?? []
  const clean = new URL(url)
  clean.username = ''
  clean.password = ''
  clean.hash = ''
  const pairs = url.search.slice(1).split('&')
  const kept = pairs.filter((pair) => {
    const [name = '', value = ''] = [...new URLSearchParams(pair)][0] ?? []
    return !carried.includes(name) && !secrets.some((secret) => value.includes(secret))
  })
  if (kept.length < pairs.length) clean.search = kept.join('&')
  return clean
}

/** Whether a text holds a field of the token, as it is or escaped for a URL. */
export function holdsCredential(text: string, auth: AuthDefinition, token: SecretFields): boolean {
  const plain = authKindOf<AuthLike>(auth).plainFields?.(auth) ?? []
  return Object.entries(token).some(([name, field]) => {
    const secret = field.reveal()
    if (plain.includes(name) || secret.length < MIN_SECRET_LENGTH) return false
    return [text, unescaped(text)].some((one) => one.includes(secret))
  })
}

function unescaped(text: string): string {
  return text.replaceAll(/%([0-9a-f]{2})/gi, (_escaped, hex: string) =>
    String.fromCharCode(parseInt(hex, 16)),
  )
}
