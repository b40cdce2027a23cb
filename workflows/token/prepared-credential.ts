import type { PrepareResult } from '../../src/contract/token-activities.js'
import { adoptMarkKey, endOfGivenAgain, tellUnchanged } from './given-credentials.js'
import {
  dropOlder,
  refuseRotation,
  removeRotation,
  replaceRotation,
  type RotationEnd,
  takeOverFromSame,
} from './rotation-list.js'
import type { Rotation, TokenSnapshot } from './token-snapshot.js'

/**
 * Takes in what an operator's credential came to: a grant to try, or the reason for refusing it. One
 * that the connection lives by already is not tried again.
 */
export function applyPrepared(
  snapshot: TokenSnapshot,
  rotation: Rotation,
  result: PrepareResult,
  nowMs: number,
): RotationEnd | undefined {
  if (!result.ok) return refuseRotation(snapshot, rotation, result, nowMs)
  adoptMarkKey(snapshot, result)
  const { grant, mark } = result
  const again = endOfGivenAgain(snapshot, mark)
  if (again?.ok === false) return refuseRotation(snapshot, rotation, again, nowMs)
  if (again !== undefined) {
    dropOlder(snapshot, rotation, nowMs)
    removeRotation(snapshot, rotation)
    tellUnchanged(snapshot, nowMs)
    return again
  }
  replaceRotation(snapshot, rotation, {
    ...rotation,
    ...takeOverFromSame(snapshot, rotation, mark, nowMs),
    grant,
    ...(mark === undefined ? {} : { mark }),
  })
  return undefined
}
