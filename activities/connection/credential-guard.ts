import type { AuthLike, SecretFields } from '../../src/auth/kind/auth-kind.js'
import { type AuthDefinition, authKindOf } from '../../src/auth/registry.js'
import type { Secret } from '../../src/sealing/secret.js'
import type { ResolvedConnection } from './resolve-connection.js'

/** Where the credential of a connection may go, and what must not be written down because it is in it. */
export class CredentialGuard {
  readonly #token: SecretFields
  readonly #origins: ReadonlySet<string>
  readonly #traces: CredentialTraces

  /** @throws ApplicationFailure `InvalidConnection` */
  constructor(resolved: ResolvedConnection, token: SecretFields) {
    this.#token = token
    this.#origins = resolved.origins
    this.#traces = tracesOf(resolved.connector.auth, token)
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
    return withoutTraces(url, this.#traces)
  }

  /** Whether a text holds what authenticates, so that it must not be written down. */
  isIn(text: string): boolean {
    return holdsCredential(text, this.#traces)
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

/** By what a credential is found in texts. */
interface CredentialTraces {
  /** Fields of the token that are no plain ones, and long enough. */
  readonly secrets: readonly Secret[]
  /** Parameters of a query that the kind of authentication sets. */
  readonly parameters: readonly string[]
}

function tracesOf(auth: AuthDefinition, token: SecretFields): CredentialTraces {
  const kind = authKindOf<AuthLike>(auth)
  const plain = kind.plainFields?.(auth) ?? []
  const secrets = Object.entries(token)
    .filter(([name]) => !plain.includes(name))
    .map(([, field]) => field)
    .filter((field) => field.reveal().length >= MIN_SECRET_LENGTH)
  return { secrets, parameters: kind.carriers?.(auth).query ?? [] }
}

/**
 * A URL without what authenticates: the parameters that the kind sets in the query, any parameter that holds a
 * field of the token, user and password. The rest stays as it was written.
 */
export function withoutCredential(url: URL, auth: AuthDefinition, token: SecretFields): URL {
  return withoutTraces(url, tracesOf(auth, token))
}

function withoutTraces(url: URL, { secrets, parameters }: CredentialTraces): URL {
  const pairs = url.search.slice(1).split('&')
  const kept = pairs.filter((pair) => {
    const [name, value] = readPair(pair)
    if (parameters.includes(name)) return false
    return value.length < MIN_SECRET_LENGTH || !secrets.some((one) => value.includes(one.reveal()))
  })
  const isClean = url.username === '' && url.password === '' && !url.href.includes('#')
  if (isClean && kept.length === pairs.length) return url
  const clean = new URL(url)
  clean.username = ''
  clean.password = ''
  clean.hash = ''
  if (kept.length < pairs.length) clean.search = kept.join('&')
  return clean
}

/** Name and value of a pair of a query. */
function readPair(pair: string): readonly [name: string, value: string] {
  if (/^\?|[%+]/.test(pair)) {
    const [name = '', value = ''] = [...new URLSearchParams(pair)][0] ?? []
    return [name, value]
  }
  const at = pair.indexOf('=')
  return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)]
}

/** Whether a text holds a field of the token, as it is or escaped for a URL. */
function holdsCredential(text: string, { secrets }: CredentialTraces): boolean {
  if (text.length < MIN_SECRET_LENGTH) return false
  const texts = text.includes('%') ? [text, unescaped(text)] : [text]
  return secrets.some((secret) => texts.some((one) => one.includes(secret.reveal())))
}

function unescaped(text: string): string {
  return text.replaceAll(/%([0-9a-f]{2})/gi, (_escaped, hex: string) =>
    String.fromCharCode(parseInt(hex, 16)),
  )
}
