import type { CurrentLease } from '../../src/contract/messages.js'
import { statusOf } from './parts/health.js'
import { demandFromMs } from './refresh-reasons.js'
import { serve } from './request-table.js'
import type { TokenParts } from './token-parts.js'
import { waitingMessage } from './waiting-message.js'

/** What a request would get now, for activities: they ask by query, which changes nothing here. */
export function currentLease(parts: TokenParts, nowMs: number): CurrentLease {
  const { generation } = parts.token
  const asker = { requestId: '', replyTo: '', minValidityMs: 0, askedAtMs: nowMs }
  const since = { atGeneration: generation, atTries: parts.refresh.tries }
  const serving = serve(parts, { ...asker, ...since }, nowMs)
  if (serving.outcome === 'grant')
    return { outcome: 'granted', lease: serving.lease, tellUseFromMs: demandFromMs(parts) }
  const message = waitingMessage(parts)
  return { outcome: 'unavailable', status: statusOf(parts.health), generation, message }
}
