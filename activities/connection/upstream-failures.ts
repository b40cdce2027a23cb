import type { ApplicationFailure } from '@temporalio/common'
import { createFailure } from '../../src/contract/failure.js'
import type { CountedGeneration } from '../../src/contract/lease.js'
import type { Passed } from '../../src/contract/messages.js'
import { ADDRESS_REFUSED, refusedAddress } from '../network/network-policy.js'
import type { Sending } from '../network/send-request.js'
import { clockNote } from '../keeper/upstream-clock.js'
import { faultAdvice } from '../../src/wire/network-faults.js'

interface AskedEndpoint {
  readonly endpoint: string
  readonly repeatable: boolean
  readonly maxBytes: number
}

const REFUSALS = {
  CredentialRejected: 'it refuses the credential; a newer one is asked for',
  InsufficientScope:
    'it wants a scope that this connection was not granted; authorise it again with that scope',
  UpstreamRejected: 'it refuses the request; look at its input and at what the account may do',
} as const

export type RefusalCode = keyof typeof REFUSALS

/** How many characters of a foreign text a message repeats. */
const MAX_QUOTED = 100

const ENCODING_FAULTS: ReadonlyMap<string, string> = new Map([
  ['ENCODING_BROKEN', 'that can not be decompressed: it is cut off or damaged'],
  ['ENCODING_UNKNOWN', 'in a content encoding other than gzip, deflate and br'],
])

/** The generation that requests are sent with. */
type CountedIfKnown = { [Key in keyof CountedGeneration]?: CountedGeneration[Key] | undefined }

export interface UpstreamFailuresOptions {
  /** Hosts of other people's texts may hold what nobody is to read. Default: each may be named. */
  readonly mayName?: ((host: string) => boolean) | undefined
  /** The last request of the connection that passed. */
  readonly lastPassed?: (() => Passed | undefined) | undefined
}

/** The failures that come of requests to one connection, each with what to do next. */
export class UpstreamFailures {
  readonly #connection: string
  readonly #counted: CountedIfKnown
  readonly #options: UpstreamFailuresOptions

  constructor(
    connection: string,
    { generation, firstExecutionRunId }: CountedIfKnown,
    options: UpstreamFailuresOptions = {},
  ) {
    this.#connection = connection
    this.#counted = { generation, firstExecutionRunId }
    this.#options = options
  }

  /** @param offMs how far the upstream's clock is from this worker's, where the time is signed */
  refused(
    code: RefusalCode,
    { endpoint }: Pick<AskedEndpoint, 'endpoint'>,
    status: number,
    accepted: number,
    offMs?: number,
  ): ApplicationFailure {
    const note = offMs === undefined ? '' : ` Note: ${clockNote(offMs)}.`
    return createFailure(
      code,
      `${this.#connection} answers HTTP ${status} to ${endpoint}: ${REFUSALS[code]}.${note}`,
      {
        ...this.#details(endpoint),
        firstExecutionRunId: this.#counted.firstExecutionRunId,
        status,
        accepted,
        passed: this.#options.lastPassed?.(),
        clockOffMs: offMs,
      },
    )
  }

  /** The definition changed its kind of authentication while this lease was out. */
  outdated(leased: string, defined: string): ApplicationFailure {
    const connection = this.#connection
    return createFailure(
      'CredentialRejected',
      `${connection} is defined with ${defined} by now, and this lease is of ${leased}: a newer one is asked for.`,
      { connection, ...this.#counted, status: 0, accepted: 0, outdated: true },
    )
  }

  /** No worker that was tried has the key that this lease is sealed for. */
  keyMissing(keyId: string): ApplicationFailure {
    const connection = this.#connection
    return createFailure(
      'CredentialRejected',
      `${connection} is sealed with key ${keyId}, which the keeper worker lacks: its token workflow is told.`,
      { connection, ...this.#counted, status: 0, accepted: 0, outdated: true, keyId },
    )
  }

  /** A request that got no answer which could be read. */
  unanswered(
    asked: AskedEndpoint,
    url: URL,
    { fault, sent, status }: Extract<Sending, { outcome: 'failed' }>,
  ): ApplicationFailure {
    if (fault === ADDRESS_REFUSED) return this.addressRefused(asked.endpoint, url)
    if (fault === 'TOO_LARGE') return this.tooLarge(asked, status)
    const encoding = ENCODING_FAULTS.get(fault)
    return encoding === undefined
      ? this.broken(asked, fault, sent, undefined)
      : this.unreadable(asked.endpoint, status, encoding)
  }

  /** No whole answer, or a 5xx: tried again where that is harmless. */
  broken(
    { endpoint, repeatable }: AskedEndpoint,
    code: string,
    sent: boolean,
    status: number | undefined,
  ): ApplicationFailure {
    if (sent && !repeatable) return this.ambiguous(endpoint, code)
    const what =
      status === undefined
        ? sent
          ? `was asked and gave no whole answer (${code})`
          : `could not be reached (${code}), nothing was sent; ${faultAdvice(code) ?? 'where it stays so, look at the network of the worker and at the base URL'}`
        : `has a failure of its own (HTTP ${status})`
    return createFailure(
      'UpstreamUnavailable',
      `${this.#connection} ${endpoint} ${what}. It is tried again by itself.`,
      { ...this.#details(endpoint), status },
    )
  }

  ambiguous(endpoint: string, code: string): ApplicationFailure {
    return createFailure(
      'AmbiguousWrite',
      `${this.#connection} ${endpoint}: the outcome of this write is unknown (${code}) and a repeat may do harm, so it is not repeated. Look whether it was applied, then decide; declare 'idempotency' on the endpoint where the API has a header for it, or 'lookup' where a sync writes to it.`,
      this.#details(endpoint),
    )
  }

  foreign(endpoint: string, { origin, host, protocol }: URL): ApplicationFailure {
    const named = this.#mayName(host)
      ? origin.slice(0, MAX_QUOTED)
      : 'a host that is not named here'
    const target = /^https?:$/.test(protocol) ? named : 'a URL of another scheme than http'
    return createFailure(
      'ForeignOrigin',
      `${this.#connection} ${endpoint} leads to ${target}, which is not of this connector: nothing was sent there. If it is right, add it to the connector's origins.`,
      this.#details(endpoint),
    )
  }

  addressRefused(endpoint: string, { host }: URL): ApplicationFailure {
    return createFailure(
      'AddressRefused',
      `${this.#connection} ${endpoint}: ${refusedAddress(this.#mayName(host) ? host : 'the host')}`,
      this.#details(endpoint),
    )
  }

  redirected(endpoint: string, status: number): ApplicationFailure {
    const what =
      status === 304
        ? `answers HTTP 304 (not modified), which says nothing to a request other than a GET; look for a cache in between.`
        : `redirects (HTTP ${status}) where or more often than is followed; mend the connector's URL.`
    return createFailure('UpstreamRejected', `${this.#connection} ${endpoint} ${what}`, {
      ...this.#details(endpoint),
      status,
    })
  }

  tooLarge({ endpoint, maxBytes }: AskedEndpoint, status: number | undefined): ApplicationFailure {
    return createFailure(
      'AnswerTooLarge',
      `${this.#connection} ${endpoint} answers with more than ${maxBytes} bytes; ask for less, raise the endpoint's maxBytes, or move the data with syncFlow.`,
      { ...this.#details(endpoint), status },
    )
  }

  /**
   * @param what in words of ours, after "answers with something"
   * @param page of a sync, from 1
   */
  unreadable(
    endpoint: string,
    status: number | undefined,
    what: string,
    page?: number,
  ): ApplicationFailure {
    const where = page === undefined ? '' : ` (page ${page})`
    return createFailure(
      'AnswerUnreadable',
      `${this.#connection} ${endpoint}${where} answers with something ${what}.`,
      {
        ...this.#details(endpoint),
        status,
        page,
      },
    )
  }

  /** @param where path and kind of what does not fit, never a value */
  invalid(endpoint: string, where: string): ApplicationFailure {
    return createFailure(
      'AnswerInvalid',
      `${this.#connection} ${endpoint} answers with something that does not fit: ${where}. Look at the endpoint's response schema, or at what the API changed.`,
      this.#details(endpoint),
    )
  }

  /** @param why going on would lose or double records; never a value */
  unpageable(endpoint: string, why: string): ApplicationFailure {
    return createFailure(
      'AnswerInvalid',
      `${this.#connection} ${endpoint} can't be read on page by page: ${why}. Look at the endpoint's paginate.`,
      this.#details(endpoint),
    )
  }

  itemsMissing(endpoint: string, items: string | undefined): ApplicationFailure {
    return createFailure(
      'ItemsMissing',
      `${this.#connection} ${endpoint} answers without a list at ${items === undefined ? 'the top' : `'${items}'`}; mend the endpoint's 'items'.`,
      this.#details(endpoint),
    )
  }

  cursorRefused(endpoint: string, status: number | undefined): ApplicationFailure {
    return createFailure(
      'CursorRefused',
      `${this.#connection} ${endpoint} answers HTTP ${String(status)} to the place that it gave itself: cursors of this API may have a short life. Everything before it is written; replay the sync from the start.`,
      { ...this.#details(endpoint), status },
    )
  }

  #mayName(host: string): boolean {
    return this.#options.mayName?.(host) ?? true
  }

  #details(endpoint: string) {
    return { connection: this.#connection, endpoint, generation: this.#counted.generation }
  }
}
