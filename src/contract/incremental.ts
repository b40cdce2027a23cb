import type { IncrementalSync, SyncEnd, Watermark } from './sync.js'

/** The source of an incremental run as its pages are read: with the watermark that it began with. */
export function incrementalSource(
  from: SyncEnd,
  incremental: IncrementalSync | undefined,
  since: Watermark | undefined,
): SyncEnd {
  if (incremental === undefined || since === undefined) return from
  return { ...from, input: { ...from.input, [incremental.param]: since } }
}
