import type { SecretFields } from '../../src/auth/auth-kind.js'
import { ownUrl } from './own-url.js'
import type { ResolvedConnection } from './resolve-connection.js'
import { holdsCredential, mayNameHost, withoutCredential } from './without-credential.js'

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
