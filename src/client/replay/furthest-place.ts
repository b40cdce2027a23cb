import type { SyncCheckpoint } from '../../contract/sync.js'

/** How far a run was when it was last heard of. */
export interface Place {
  readonly checkpoint: SyncCheckpoint
  /** A write that must not be repeated was under way: nobody knows whether it arrived. */
  readonly unknownWrite: boolean
}

/** Everything was accepted by the sink; only the result is missing. */
export function isAtEnd({ checkpoint: { cursor, counters } }: Place): boolean {
  return cursor === undefined && counters.pages > 0
}

/**
 * The furthest place among what a run left, in the order in which it left it: a later one of as many
 * pages is as far inside its page, or further. Values that are no place are passed over.
 */
export function furthestPlace(values: readonly unknown[]): Place | undefined {
  let furthest: Place | undefined
  for (const value of values) {
    const place = toPlace(value)
    if (place === undefined) continue
    const { pages } = place.checkpoint.counters
    if (furthest === undefined || pages >= furthest.checkpoint.counters.pages) furthest = place
  }
  return furthest
}

/** A checkpoint as it stands in inputs and failures, or with more around it as in results and heartbeats. */
function toPlace(value: unknown): Place | undefined {
  if (isCheckpoint(value)) return { checkpoint: value, unknownWrite: false }
  if (!isObject(value) || !isCheckpoint(value['checkpoint'])) return undefined
  return { checkpoint: value['checkpoint'], unknownWrite: value['phase'] === 'sent' }
}

function isCheckpoint(value: unknown): value is SyncCheckpoint {
  if (!isObject(value) || !isObject(value['counters'])) return false
  const { pages, read, written } = value['counters']
  const counted = [pages, read, written].every((count) => Number.isSafeInteger(count))
  return counted && ['string', 'undefined'].includes(typeof value['cursor'])
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
