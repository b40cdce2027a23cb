import { firstHeader } from '../../wire/header-lines.js'
import type { Exchange } from '../kind/exchange.js'
import type { MintContext } from '../kind/auth-kind.js'

/** What a token endpoint says of an assertion whose time it does not accept. Nothing is used up by it. */
const REFUSED_ASSERTION =
  /"(?:invalid_client|invalid_client_metadata|invalid_request|unauthorized_client)"/
const REFUSED_GRANT = /"(?:invalid_grant|invalid_request|invalid_client|unauthorized_client)"/

/**
 * Sends what is signed with the time. Where it is refused while the `Date` of the answer differs from
 * this worker's clock, it is signed by the provider's clock and sent once more, at once; that clock is
 * kept where it made the difference.
 * @param grantIsAssertion the grant itself is what was signed: its refusal uses up nothing
 */
export async function sendByTheirClock<Failed extends object>(
  tokenUrl: string,
  send: (now: () => number) => Promise<Exchange | Failed>,
  { now: localNow, providers }: Pick<MintContext, 'now' | 'providers'>,
  { grantIsAssertion = false }: { readonly grantIsAssertion?: boolean | undefined } = {},
): Promise<Exchange | Failed> {
  const usedMs = providers?.clockOffsetMs(tokenUrl) ?? 0
  const first = await send(() => localNow() + usedMs)
  if (!isExchange(first) || !refusesJwt(first, grantIsAssertion)) return first
  const offMs = clockOffsetMs(first)
  if (offMs === usedMs) return first
  const second = await send(() => localNow() + offMs)
  if (isExchange(second) && second.fault === undefined && second.status !== first.status)
    providers?.keepClockOffset(tokenUrl, offMs)
  return second
}

function refusesJwt({ fault, status = 0, text }: Exchange, grantIsAssertion: boolean): boolean {
  if (fault !== undefined || status < 400 || status > 403) return false
  return (grantIsAssertion ? REFUSED_GRANT : REFUSED_ASSERTION).test(text) || status === 401
}

function isExchange(result: object): result is Exchange {
  return 'sentAtMs' in result
}

/** RFC 9110 section 5.6.7: the one form that senders may generate. */
const DATE_HEADER_FORM = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/
/** A clock that is farther off is no clock. */
const MOST_OFFSET_MS = 12 * 3_600_000
/** `Date` has whole seconds, and the answer took its time. */
const LEAST_OFFSET_MS = 3000

/** The provider's clock minus ours, by the `Date` of an answer that no cache has kept; 0 where they agree or the answer has no `Date`. */
export function clockOffsetMs({ headers, sentAtMs, answeredAtMs }: Exchange): number {
  const date = firstHeader(headers, 'date') ?? ''
  if (firstHeader(headers, 'age') !== undefined || !DATE_HEADER_FORM.test(date)) return 0
  const offMs = Math.round(Date.parse(date) + 500 - (sentAtMs + answeredAtMs) / 2)
  const uncertainMs = LEAST_OFFSET_MS + (answeredAtMs - sentAtMs) / 2
  return Math.abs(offMs) > uncertainMs && Math.abs(offMs) <= MOST_OFFSET_MS ? offMs : 0
}
