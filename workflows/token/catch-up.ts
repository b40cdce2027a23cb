import { catchUpAt } from './parts/refresh.js'
import { refreshDue } from './refresh-causes.js'
import type { TokenParts } from './token-parts.js'

/** What is refreshed so late was held up by an outage, and so was what others wait for. */
const LATE_MS = 10_000
/** A short-lived token is not left without a successor for longer than this part of its life. */
const LIFE_SHARE = 1 / 4
/** What nobody uses can wait longer. */
const IDLE_TIMES = 12

/** Those that time brings on. */
const BACKGROUND: ReadonlySet<string> = new Set(['soft', 'hard', 'idle', 'keep-alive', 'on demand'])

/** Whether a token request is one that nobody waits for, and no person has asked for. */
export function isUnhurried({ queue, token }: TokenParts, cause: string): boolean {
  const isAsked = queue.waiters.length > 0 || queue.askedAtMs >= (token.held?.softAtMs ?? 0)
  return !isAsked && BACKGROUND.has(cause)
}

/**
 * After an outage the tokens of thousands of connections may be due at once. Those that nobody waits for are
 * refreshed spread over some time, each at a moment of its own: so the provider meets a pace, however many keeper
 * workers there are, and whoever asks is served before. A token that still lives is replaced before its hard limit.
 */
export function spreadLate(parts: TokenParts, nowMs: number, random: () => number): void {
  const due = refreshDue(parts, nowMs)
  const { policy } = parts.definition.facts ?? {}
  if (due === undefined || policy === undefined || !isUnhurried(parts, due.cause)) {
    if (parts.refresh.catchUpAtMs !== undefined) parts.refresh = catchUpAt(parts.refresh, undefined)
    return
  }
  if (parts.refresh.catchUpAtMs !== undefined || nowMs < due.atMs + LATE_MS) return
  const { lifetimeMs = Infinity, hardAtMs = 0 } = parts.token.held ?? {}
  const usedMs = Math.min(policy.catchUpMs, lifetimeMs * LIFE_SHARE)
  const windowMs = due.cause === 'idle' ? usedMs * IDLE_TIMES : usedMs
  const leftMs = hardAtMs > nowMs ? Math.min(windowMs, hardAtMs - nowMs) : windowMs
  parts.refresh = catchUpAt(parts.refresh, Math.ceil(nowMs + random() * leftMs))
}
