import type { Sealed } from '../../src/contract/sealed.js'
import type { MintResult } from '../../src/contract/token-activities.js'
import { FACTS } from '../workflows/token/token-fixtures.js'
import { sendSimulated, type SimulatedServer } from './simulated-network.js'
import { SHOP } from './simulated-upstreams.js'
import type { VirtualClock } from './virtual-clock.js'

export interface SimulatedMint {
  readonly clock: VirtualClock
  readonly server: SimulatedServer
  readonly random: () => number
  readonly lifetimeMs: number
}

/** One token request: what the activity would say of it. */
export async function mintSimulated(
  grant: Sealed,
  { clock, server, random, lifetimeMs }: SimulatedMint,
): Promise<MintResult> {
  const sentAtMs = clock.now()
  const request = { method: 'POST', url: new URL(`${SHOP}/token`), headers: {}, body: grant }
  const limits = { maxBytes: 1, timeoutMs: 20_000, signal: new AbortController().signal }
  const sending = await sendSimulated(clock, server, request, limits, random, () => true)
  const { fingerprint: definition } = FACTS
  const failed = { runId: 'run', outcome: 'failed', message: '', definition } as const
  if (sending.outcome === 'failed')
    return { ...failed, class: sending.sent ? 'ambiguous' : 'not_sent', code: sending.fault }
  const { status, headers, body } = sending
  const code = `http_${String(status)}`
  if (status === 429) {
    const retryAfterMs = Number(headers['retry-after']) * 1000
    return { ...failed, class: 'throttled', code, retryAfterMs }
  }
  if (status >= 500) return { ...failed, class: 'server_error', code }
  if (status !== 200) return { ...failed, class: 'invalid_grant', code: 'invalid_grant' }
  const { accessToken, refreshToken } = JSON.parse(body.toString()) as Record<string, string>
  const token = accessToken as Sealed
  return { ...minted(sentAtMs, clock.now()), token, grant: refreshToken as Sealed, lifetimeMs }
}

/** Of a credential that is its own token. */
export function mintedAtOnce(grant: Sealed, nowMs: number): MintResult {
  return { ...minted(nowMs, nowMs), token: grant, grant }
}

function minted(sentAtMs: number, answeredAtMs: number) {
  const { fingerprint: definition } = FACTS
  const issued = { grantFingerprint: 'f', sentAtMs, answeredAtMs, definition }
  return { runId: 'run', outcome: 'minted', ...issued } as const
}
