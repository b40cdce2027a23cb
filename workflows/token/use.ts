import { noteAsked } from './parts/queue.js'
import { wishRefresh } from './parts/refresh.js'
import type { TokenParts } from './token-parts.js'

/** A connection in use tells so four times in the time after which it would count as unused. */
const TOLD_SHARE = 1 / 4

/**
 * Whether the definition refreshes what is used, and nobody will have asked for long enough when the token would be
 * replaced ahead of its end.
 */
export function isIdle({ definition, token, queue }: TokenParts): boolean {
  const { refreshes = false, policy } = definition.facts ?? {}
  const { softAtMs } = token.held ?? {}
  if (!refreshes || policy?.mode !== 'used' || softAtMs === undefined) return false
  return softAtMs > queue.askedAtMs + policy.usedWithinMs
}

/** Whether the token may end on purpose: nothing replaces it before somebody asks. */
export function mayEnd(parts: TokenParts): boolean {
  const { facts } = parts.definition
  return isIdle(parts) || (facts?.refreshes === true && facts.policy.mode === 'on-demand')
}

/** From when on whoever uses the lease has to tell it; undefined: nothing depends on it. */
export function tellUseFromMs({ definition, token, queue }: TokenParts): number | undefined {
  const { refreshes = false, policy } = definition.facts ?? {}
  const { softAtMs } = token.held ?? {}
  if (!refreshes || policy === undefined || softAtMs === undefined) return undefined
  switch (policy.mode) {
    case 'always':
      return undefined
    case 'on-demand':
      return softAtMs
    case 'used':
      return Math.ceil(queue.askedAtMs + policy.usedWithinMs * TOLD_SHARE)
  }
}

/** Somebody asks for a lease, or uses one: what no timer looks after is refreshed in the background. */
export function noteUse(parts: TokenParts, nowMs: number): void {
  parts.queue = noteAsked(parts.queue, nowMs)
  if (parts.definition.facts?.policy.mode !== 'on-demand' || parts.health.kind !== 'active') return
  if (nowMs >= (parts.token.held?.softAtMs ?? Infinity))
    parts.refresh = wishRefresh(parts.refresh, 'on demand')
}
