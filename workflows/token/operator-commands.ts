import type { OperatorCommand } from '../../src/contract/messages.js'
import type { Actor } from '../../src/contract/actor.js'
import { type DetailsChange } from '../../src/contract/connection-details.js'
import { record, recordRefused } from './life-story.js'
import { changeDetails } from './parts/details.js'
import { withPause } from './parts/health.js'
import { refreshNow } from './refresh-reasons.js'
import { revokeConnection } from './revocation.js'
import type { TokenParts } from './token-parts.js'

/** Refreshes now, or says why there is nothing to refresh. */
export function askRefresh(parts: TokenParts, nowMs: number, by?: Actor): string | undefined {
  const refused = refreshNow(parts, nowMs)
  const { generation } = parts.token
  if (refused === undefined)
    record(parts, { atMs: nowMs, event: 'refresh_asked', cause: 'operator', generation, by })
  return refused
}

/** Revokes, and lets the workflow end; whoever connects before that keeps it. */
export function removeConnection(parts: TokenParts, nowMs: number, by?: Actor): void {
  if (parts.removing === true) return
  applyCommand(parts, 'revoke', nowMs, by)
  parts.removing = true
  const { generation } = parts.token
  record(parts, { atMs: nowMs, event: 'removed', cause: 'operator', generation, by })
}

export function applyCommand(
  parts: TokenParts,
  command: OperatorCommand,
  nowMs: number,
  by?: Actor,
): void {
  const { generation } = parts.token
  const event = { atMs: nowMs, cause: 'operator', generation, by } as const
  switch (command) {
    case 'pause':
      if (!parts.health.paused) record(parts, { ...event, event: 'paused' })
      parts.health = withPause(parts.health, true)
      return
    case 'resume':
      if (parts.health.paused) record(parts, { ...event, event: 'resumed' })
      parts.health = withPause(parts.health, false)
      return
    case 'revoke':
      // A credential that was given since the last time is revoked as well.
      if (parts.health.kind !== 'revoked' || parts.rotations.length > 0)
        revokeConnection(parts, nowMs, { atProvider: endsAtProvider(parts), by })
      return
    case 'refresh': {
      const refused = askRefresh(parts, nowMs, by)
      if (refused !== undefined) recordRefused(parts, 'tokenkeeper.refresh', refused, nowMs)
      return
    }
    default: {
      const impossible: never = command
      throw new TypeError(`unknown command ${String(impossible)}`)
    }
  }
}

/** Changes what is said of the connection; the same again is no event. */
export function applyDetails(
  parts: TokenParts,
  change: DetailsChange | undefined,
  nowMs: number,
  by?: Actor,
): void {
  if (change === undefined) return
  const before = parts.details
  parts.details = changeDetails(before, change)
  if (parts.details === before) return
  const { generation } = parts.token
  const cause = Object.keys(change).join(', ')
  record(parts, { atMs: nowMs, event: 'updated', cause, generation, by })
}

/** Whether there is something to tell the provider of, and a way to. */
function endsAtProvider({ definition, grant, token }: TokenParts): boolean {
  const holds = grant.sealed !== undefined || token.held !== undefined
  return holds && (definition.facts === undefined || definition.facts.revokes)
}
