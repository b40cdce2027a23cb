import type { Exchange } from '../exchange.js'
import { clockOffsetMs } from './answer-clock.js'

/** What a token endpoint says of an assertion whose time it does not accept. Nothing is used up by it. */
const REFUSED_ASSERTION =
  /"(?:invalid_client|invalid_client_metadata|invalid_request|unauthorized_client)"/
const REFUSED_GRANT = /"(?:invalid_grant|invalid_request|invalid_client|unauthorized_client)"/
/** Endpoints whose clock differs from this worker's. */
const MOST_CLOCKS = 1000
const offsets = new Map<string, number>()

/**
 * Sends what is signed with the time. Where it is refused while the `Date` of the answer differs from
 * this worker's clock, it is signed by the provider's clock and sent once more, at once; that clock is
 * kept where it made the difference.
 * @param grantIsAssertion the grant itself is what was signed: its refusal uses up nothing
 */
export async function sendByTheirClock<Failed extends object>(
  tokenUrl: string,
  send: (now: () => number) => Promise<Exchange | Failed>,
  localNow: () => number,
  { grantIsAssertion = false }: { readonly grantIsAssertion?: boolean | undefined } = {},
): Promise<Exchange | Failed> {
  const usedMs = offsets.get(tokenUrl) ?? 0
  const first = await send(() => localNow() + usedMs)
  if (!isExchange(first) || !isRefused(first, grantIsAssertion)) return first
  const offMs = clockOffsetMs(first)
  if (offMs === usedMs) return first
  const second = await send(() => localNow() + offMs)
  if (isExchange(second) && second.fault === undefined && second.status !== first.status)
    keepOffset(tokenUrl, offMs)
  return second
}

function isRefused({ fault, status = 0, text }: Exchange, grantIsAssertion: boolean): boolean {
  if (fault !== undefined || status < 400 || status > 403) return false
  return (grantIsAssertion ? REFUSED_GRANT : REFUSED_ASSERTION).test(text) || status === 401
}

function isExchange(result: object): result is Exchange {
  return 'sentAtMs' in result
}

function keepOffset(tokenUrl: string, offsetMs: number): void {
  offsets.delete(tokenUrl)
  if (offsetMs === 0) return
  const [oldest] = offsets.keys()
  if (offsets.size >= MOST_CLOCKS && oldest !== undefined) offsets.delete(oldest)
  offsets.set(tokenUrl, offsetMs)
}
