import type { PrepareResult } from '../../src/contract/token-activities.js'
import { endOfGivenAgain, tellUnchanged } from './given-credentials.js'
import { applyDetails } from './operator-commands.js'
import { adoptMarkKey } from './parts/given-credentials.js'
import { removeRotation, replaceRotation, type Rotation } from './parts/rotations.js'
import { dropOlder, refuseRotation, type RotationEnd, takeOverFromSame } from './rotation-list.js'
import type { TokenParts } from './token-parts.js'

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
  if (!result.ok) return refuseRotation(parts, rotation, result, nowMs)
  parts.grant = adoptMarkKey(parts.grant, result)
  const { grant, mark } = result
  const again = endOfGivenAgain(parts, mark)
  if (again?.ok === false) return refuseRotation(parts, rotation, again, nowMs)
  if (again !== undefined) {
    dropOlder(parts, rotation, nowMs)
    parts.rotations = removeRotation(parts.rotations, rotation)
    tellUnchanged(parts, nowMs, rotation.by)
    applyDetails(parts, rotation.details, nowMs, rotation.by)
    return again
  }
  const left = takeOverFromSame(parts, rotation, mark, nowMs)
  const next = { ...rotation, ...left, grant, mark: mark ?? rotation.mark }
  parts.rotations = replaceRotation(parts.rotations, next)
  return undefined
}
