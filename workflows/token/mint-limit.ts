import type { MintResult } from '../../src/contract/token-activities.js'
import type { TokenSnapshot } from './token-snapshot.js'

/** Notes a token request that has left, for providers that count them. */
export function noteTokenRequest(snapshot: TokenSnapshot, nowMs: number): void {
  const limit = snapshot.facts?.policy.mintLimit
  if (limit === undefined) {
    delete snapshot.requestedAtMs
    return
  }
  snapshot.requestedAtMs = [...(snapshot.requestedAtMs ?? []), nowMs].slice(-limit.count)
}

/** Before this no further token request may leave; 0 where nothing stands against it. */
export function mintWindowOpensMs({ facts, requestedAtMs = [] }: TokenSnapshot): number {
  const limit = facts?.policy.mintLimit
  if (limit === undefined) return 0
  const oldest = requestedAtMs.at(-limit.count)
  return oldest === undefined ? 0 : oldest + limit.windowMs
}

/** Whether a token request counts for the provider. */
export function wasSent(result: MintResult): boolean {
  if (result.outcome === 'rolled_back') return false
  return result.outcome === 'minted' || result.class !== 'not_sent'
}
