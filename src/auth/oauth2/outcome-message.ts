import type { MintFailureClass } from '../../contract/token-activities.js'
import { faultAdvice } from '../../wire/network-faults.js'
import { type LongToken, MAX_TOKEN_BYTES } from './normalize-token-answer.js'

const OUTCOME_MESSAGES: Readonly<Record<MintFailureClass, (host: string, code: string) => string>> =
  {
    not_sent: (host, code) =>
      `${host} could not be reached (${code}); nothing was sent. ${sentence(faultAdvice(code)) ?? 'Where it stays so, look at the network of the keeper worker and at the name of the host.'}`,
    throttled: (host, code) => `${host} asks to wait (${code}). The credential may be good.`,
    server_error: (host, code) =>
      `${host} failed (${code}). That is the provider's failure, not the credential's.`,
    firewall: (host, code) =>
      `Something before the token endpoint of ${host} refused the request (${code}): look at firewall rules and allowed addresses.`,
    ambiguous: (host, code) =>
      `The token request to ${host} has no readable answer (${code}); it may have been carried out. Where it stays so, look at the tokenUrl and at proxies before it.`,
    invalid_grant: (host, code) =>
      `${host} does not accept this grant (${code}): it is wrong, expired, revoked, used up, or of another client. Authorise the connection again.`,
    misconfigured: (host, code) =>
      `${host} refused the request itself (${code}): look at client id, client secret, scope and tokenUrl of the connector. The grant is kept.`,
  }

function sentence(half: string | undefined): string | undefined {
  return half === undefined ? undefined : `${half.charAt(0).toUpperCase()}${half.slice(1)}.`
}

/** What failed at a token request and what to do next. Only the host of the URL is told. */
export function outcomeMessage(
  failureClass: MintFailureClass,
  code: string,
  tokenHost: string,
): string {
  return OUTCOME_MESSAGES[failureClass](tokenHost, code)
}

/** A token that is longer than any that is taken: which, how long, and what is taken. */
export function longTokenMessage({ field, bytes }: LongToken, tokenHost: string): string {
  return `the ${field} in the answer of ${tokenHost} has ${bytes} bytes, and at most ${MAX_TOKEN_BYTES} are taken: it is not used, and the answer is kept, sealed, where the grant may be used up by it. Ask the provider for shorter tokens (fewer scopes or claims, or opaque tokens), or look at the answer rules of the connector.`
}
