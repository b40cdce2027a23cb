import type { AuthLike, SecretFields } from '../../src/auth/kind/auth-kind.js'
import { type AuthDefinition, authKindOf } from '../../src/auth/registry.js'
import type { ResolvedConnection } from './resolve-connection.js'

/** Where the credential of a connection may go, and what must not be written down because it is in it. */
export class CredentialGuard {
  readonly #resolved: ResolvedConnection
  readonly #token: SecretFields
  readonly #origins: ReadonlySet<string>

  /** @throws ApplicationFailure `InvalidConnection` */
  constructor(resolved: ResolvedConnection, token: SecretFields) {
    this.#resolved = resolved
    this.#token = token
    this.#origins = resolved.origins
  }

  /** Whether the credential may go to this origin. */
  owns(url: URL): boolean {
    // The origin of a `blob:` URL is the one inside it.
    return /^https?:$/.test(url.protocol) && this.#origins.has(url.origin)
  }

  /** Where a link is asked for: by https where it says http of an origin that is https. */
  ownUrl(url: URL): URL {
    return ownUrl(url, this.#origins)
  }

  /** A URL that may be written down: some upstreams repeat the key in their links. */
  withoutCredential(url: URL): URL {
    return withoutCredential(url, this.#resolved.connector.auth, this.#token)
  }

  /** Whether a text holds what authenticates, so that it must not be written down. */
  isIn(text: string): boolean {
    return holdsCredential(text, this.#resolved.connector.auth, this.#token)
  }

  /** Whether a message may name a host: not where the credential is in it. */
  mayName(host: string): boolean {
    return mayNameHost(host, this.#token)
  }
}

/**
 * The URL that a link or redirect is asked for at. A proxy that ends TLS lets an API write `http` into
 * links to itself: with the host of an https origin of the connector, and its port or none, the link
 * stands for that origin. Nothing is ever sent by http for it.
 */
export function ownUrl(url: URL, origins: ReadonlySet<string>): URL {
  if (url.protocol !== 'http:' || origins.has(url.origin)) return url
  const secure = [...origins]
    .map((origin) => new URL(origin))
    .filter(({ protocol, hostname }) => protocol === 'https:' && hostname === url.hostname)
  const match =
    secure.find(({ port }) => port === url.port || (port === '' && url.port === '443')) ??
    // Without a port it is the proxy's that counts, where there is one only.
    (url.port === '' && secure.length === 1 ? secure[0] : undefined)
  if (match === undefined) return url
  const own = new URL(url)
  own.protocol = 'https:'
  own.port = match.port
  return own
}

/** A shorter text could stand in a query by chance. */
const MIN_SECRET_LENGTH = 8

/**
 * Whether a host may be named in a message: not where a field of the token stands in it, or a part of it
 * in a field.
 */
function mayNameHost(host: string, token: SecretFields): boolean {
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
function holdsCredential(text: string, auth: AuthDefinition, token: SecretFields): boolean {
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
