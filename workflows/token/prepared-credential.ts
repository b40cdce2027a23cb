import type { Actor } from '../../src/contract/actor.js'
import type { PrepareResult } from '../../src/contract/token-activities.js'
import { applyDetails } from './operator-commands.js'
import { adoptMarkKey } from './parts/given-credentials.js'
import { isUsable, statusOf, verdictOf } from './parts/health.js'
import { type Rotation, removeRotation, replaceRotation } from './parts/rotations.js'
import { addEventOnce } from './parts/story.js'
import { type RotationEnd, dropOlder, refuseRotation, takeOverFromSame } from './rotation-list.js'
import type { TokenParts } from './token-parts.js'
import { waitingMessage } from './waiting-message.js'

/**
 * Takes in what an operator's credential came to: a grant to try, or the reason for refusing it. One
 * that the connection lives by already is not tried again.
 */
export function applyPrepared(
  parts: TokenParts,
  rotation: Rotation,
  result: PrepareResult,
  nowMs: number,
): RotationEnd | undefined {
  if (result.outcome === 'refused') return refuseRotation(parts, rotation, result, nowMs)
  parts.grant = adoptMarkKey(parts.grant, result)
  const { grant, mark } = result
  const again = endOfGivenAgain(parts, mark)
  if (again?.outcome === 'refused') return refuseRotation(parts, rotation, again, nowMs)
  if (again !== undefined) {
    dropOlder(parts, rotation, nowMs)
    parts.rotations = removeRotation(parts.rotations, rotation)
    recordUnchanged(parts, nowMs, rotation.by)
    applyDetails(parts, rotation.details, nowMs, rotation.by)
    return again
  }
  const left = takeOverFromSame(parts, rotation, mark, nowMs)
  const next = { ...rotation, ...left, grant, mark: mark ?? rotation.mark }
  parts.rotations = replaceRotation(parts.rotations, next)
  return undefined
}

/**
 * What comes of a credential that was given before, where it must not or need not be tried again.
 * Undefined: it is to be tried.
 */
function endOfGivenAgain(parts: TokenParts, mark: string | undefined): RotationEnd | undefined {
  const { connection, health, definition, grant } = parts
  const before = grant.given?.find((one) => one.mark === mark)
  if (before === undefined) return undefined
  const verdict = verdictOf(health)
  const works = verdict === undefined && isUsable(health)
  if (before.current === true && works) return { outcome: 'done', unchanged: true }
  // A key that is refused today may be accepted tomorrow: asking costs nothing.
  if (definition.facts?.consumesGrant !== true) return undefined
  const day = new Date(before.atMs).toISOString().slice(0, 10)
  const again = `${connection} was connected with this credential already, on ${day}`
  if (before.current !== true)
    return before.spent === true
      ? spent(
          `${again}, and it has been used up since. It was not sent again: a provider takes that for theft and ends the authorisation. Get a new one. Where you are sure that the provider accepts it, revoke the connection first.`,
        )
      : undefined
  const ended = health.kind === 'needs_reauth' || verdict?.kind === 'needs_reauth'
  if (ended)
    return spent(
      `${again}, and its authorisation has ended since. It was not sent again: get a new one.`,
    )
  return {
    outcome: 'refused',
    code: 'Refused',
    message: `${again}; giving it again changes nothing. ${waitingMessage(parts)}`,
  }
}

function spent(message: string): RotationEnd {
  return { outcome: 'refused', code: 'CredentialSpent', message }
}

/** Tells that a credential was given again; time and again is one event. */
function recordUnchanged(parts: TokenParts, nowMs: number, by?: Actor): void {
  parts.story = addEventOnce(parts.story, {
    atMs: nowMs,
    event: 'credential_unchanged',
    cause: `given again while ${statusOf(parts.health)}`,
    generation: parts.token.generation,
    by,
  })
}
