import type { Connector } from '../../src/connectors/connector.js'
import type { VerifyResult } from '../../src/contract/token-activities.js'
import type { Exchange } from '../../src/auth/kind/exchange.js'
import { ADDRESS_REFUSED, refusedAddress } from '../network/network-policy.js'
import { boundWait } from '../../src/contract/wait.js'
import { faultAdvice } from '../../src/wire/network-faults.js'
import { firstHeader } from '../../src/wire/header-lines.js'
import { askedWaitMs } from '../limits/rate-limit.js'
import { readAnswer } from '../connection/upstream-answers.js'
import { clockNote, isBeyondCorrection } from '../keeper/upstream-clock.js'

interface VerifyExchange {
  readonly connection: string
  readonly connector: Connector
  /** The host of the verify endpoint. */
  readonly host: string
  readonly exchange: Exchange
  /** How far the upstream's clock is from this worker's, where that matters. */
  readonly offMs?: number | undefined
}

/** What an answer of the verify endpoint says, each with what to do next. */
const MEANINGS = {
  CredentialRejected: {
    outcome: 'refused',
    said: 'refused the credential',
    next: 'give one that is valid for this account, and look at whether it has expired or been revoked at the provider',
  },
  ClockSkew: {
    outcome: 'refused',
    said: 'refused what is signed',
    next: 'set the clock of the keeper worker',
  },
  InsufficientScope: {
    outcome: 'unknown',
    said: 'wants a scope or permission that the credential has not',
    next: 'grant it at the provider and connect again, or let the connector verify with an endpoint that needs less',
    again: false,
  },
  RateLimited: {
    outcome: 'unknown',
    said: 'asks to wait',
    next: 'the credential may be good; connect again later',
    again: true,
  },
  UpstreamUnavailable: {
    outcome: 'unknown',
    said: 'is out of order',
    next: 'the credential may be good; connect again when the provider works',
    again: true,
  },
  UpstreamUnreachable: {
    outcome: 'unknown',
    said: 'can not be reached from the keeper worker',
    next: 'look at the network, at proxies and at the base URL of the connector',
    again: true,
  },
  UpstreamRejected: {
    outcome: 'unknown',
    said: 'does not tell whether the credential works',
    next: 'look at the base URL of the connector and at its verify endpoint',
    again: false,
  },
  FirewallRefused: {
    outcome: 'unknown',
    said: 'is behind something that refuses the request',
    next: 'look at firewall rules and allowed addresses',
    again: true,
  },
} as const satisfies Record<
  string,
  { outcome: VerifyResult['outcome']; said: string; next: string; again?: boolean }
>

/** Judges what the verify endpoint answered. No message holds anything of the answer but its status. */
export function judgeVerification(verification: VerifyExchange): VerifyResult {
  const { exchange, connection, host, offMs } = verification
  const { status, fault } = exchange
  if (fault === ADDRESS_REFUSED) {
    const message = `The verify endpoint of ${connection} could not be asked: ${refusedAddress(host)}`
    return { outcome: 'unknown', code: 'AddressRefused', again: false, message }
  }
  const code = meaningOf(verification)
  if (code === undefined) return { outcome: 'accepted' }
  const meaning = MEANINGS[code]
  const what = fault ?? `HTTP ${String(status)}`
  const note = offMs === undefined ? '' : ` Note: ${clockNote(offMs)}.`
  return {
    outcome: meaning.outcome,
    code,
    again: 'again' in meaning ? meaning.again : undefined,
    retryAfterMs: code === 'RateLimited' ? boundedWaitMs(verification) : undefined,
    message: `The verify endpoint of ${connection} ${meaning.said} (${what}): ${faultAdvice(what) ?? meaning.next}.${note}`,
  }
}

function boundedWaitMs({ exchange, connector }: VerifyExchange): number | undefined {
  const { status = 0, headers, text, answeredAtMs: nowMs } = exchange
  const { limits } = connector
  const askedMs = askedWaitMs({ status, headers, text, nowMs, limits })
  return askedMs === undefined ? undefined : boundWait(askedMs, limits?.maxWaitMs).waitMs
}

/** Undefined: accepted. */
function meaningOf({
  exchange,
  connector,
  offMs,
}: VerifyExchange): keyof typeof MEANINGS | undefined {
  const { status, headers, text, answeredAtMs } = exchange
  if (status === undefined) return 'UpstreamUnreachable'
  const { expired, limits } = connector
  const answer = { status, headers, text, expired, limits, pastExpiry: false, nowMs: answeredAtMs }
  const { outcome } = readAnswer(answer)
  const refused =
    offMs !== undefined && isBeyondCorrection(offMs) ? 'ClockSkew' : 'CredentialRejected'
  // A login page at 200 or a firewall's at 403 is not the API's word.
  const html = /\btext\/html\b/i.test(firstHeader(headers, 'content-type') ?? '')
  switch (outcome) {
    case 'expired':
      return refused
    case 'accepted':
      return html ? 'UpstreamRejected' : undefined
    case 'insufficient-scope':
      return 'InsufficientScope'
    case 'wait':
      return 'RateLimited'
    case 'unavailable':
      return 'UpstreamUnavailable'
    case 'redirected':
      return 'UpstreamRejected'
    case 'rejected':
      if (status !== 403) return offMs === undefined ? 'UpstreamRejected' : refused
      return html ? 'FirewallRefused' : refused
  }
}
