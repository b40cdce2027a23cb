import type { OutgoingRequest, SecretFields } from '../../src/auth/kind/auth-kind.js'
import { ACCEPTED_ENCODINGS } from '../network/decode-body.js'
import { authorizeRequest, connectorHeaders } from './authorize-request.js'
import { checkOutgoing, passingHeaders } from './check-outgoing.js'
import type { CredentialGuard } from './credential-guard.js'
import type { ResolvedConnection } from './resolve-connection.js'
import type { UpstreamFailures } from './upstream-failures.js'
import type { UpstreamRequest } from './upstream-request.js'

interface PrepareOptions {
  readonly now: () => number
  /** Headers that the connector's and the request's own go before. */
  readonly headers: Readonly<Record<string, string>> | undefined
}

/** Makes the requests of one session ready to leave: with its headers and its credential. */
export class OutgoingRequests {
  readonly #resolved: ResolvedConnection
  readonly #token: SecretFields
  readonly #guard: CredentialGuard
  readonly #failures: UpstreamFailures
  /** Of every request, by lower-case name. */
  readonly #headers: Readonly<Record<string, string>>
  /** What needs no further look: most headers are the same in each request. */
  #passed: Readonly<Record<string, string>>

  /** @throws ApplicationFailure `InvalidConnection` where a value for a header of the connector is missing */
  constructor(
    resolved: ResolvedConnection,
    token: SecretFields,
    guard: CredentialGuard,
    failures: UpstreamFailures,
  ) {
    const { connector, variables, name } = resolved
    this.#resolved = resolved
    this.#token = token
    this.#guard = guard
    this.#failures = failures
    this.#headers = {
      accept: 'application/json',
      'accept-encoding': ACCEPTED_ENCODINGS,
      'user-agent': 'tokenkeeper',
      ...connectorHeaders(connector, variables, name),
    }
    this.#passed = passingHeaders(this.#headers)
  }

  /** @throws ApplicationFailure `ForeignOrigin` for a URL that the credential may not go to */
  checkOrigin({ endpoint }: UpstreamRequest, url: URL): void {
    if (!this.#guard.owns(url)) throw this.#failures.foreign(endpoint, url)
  }

  /**
   * No promise where the kind of authentication needs none: to await it would cost a turn of the event loop.
   * @param url of the request, or where a redirect leads
   * @throws ApplicationFailure `ForeignOrigin`, `InvalidInput`, and what the kind of authentication throws
   */
  prepare(
    request: UpstreamRequest,
    url: URL,
    { now, headers: added }: PrepareOptions,
  ): OutgoingRequest | Promise<OutgoingRequest> {
    const { method, body, headers } = request
    const all = { ...added, ...this.#headers, ...headers }
    const outgoing = { method, url, headers: all, body }
    const made = authorizeRequest(this.#resolved, this.#token, outgoing, now)
    return made instanceof Promise
      ? made.then((ready) => this.#check(request, url, ready))
      : this.#check(request, url, made)
  }

  #check(request: UpstreamRequest, url: URL, ready: OutgoingRequest): OutgoingRequest {
    if (ready.url !== url) this.checkOrigin(request, ready.url)
    const where = { connection: this.#resolved.name, endpoint: request.endpoint }
    checkOutgoing(ready, where, this.#passed)
    this.#passed = ready.headers
    return ready
  }
}
