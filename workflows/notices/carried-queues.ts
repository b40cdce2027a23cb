import type { Notice, NoticeBatch, NoticeType } from '../../src/contract/notices.js'
import { utf8Length } from '../../src/contract/outside-values.js'
import type { DestinationSnapshot } from './destination-queue.js'

/** What one run may hand to the next, of all destinations. Temporal takes 2 MiB; a codec needs some of it. */
export const CARRIED_QUEUES_BYTES = 1024 * 1024
const DEAD_LEFT = 3

type Shorten = (snapshot: DestinationSnapshot, nowMs: number) => DestinationSnapshot

/**
 * What is left behind where all of it is too much, first what is missed least: what was told before (it may be told
 * again), the oldest of what is dead, then what changes say. Each of those still counts, and its digest says so.
 */
const STEPS: readonly Shorten[] = [
  (snapshot) => ({
    ...snapshot,
    subjects: snapshot.subjects.filter(([, { pending }]) => pending !== undefined),
  }),
  (snapshot) => ({ ...snapshot, dead: snapshot.dead.slice(-DEAD_LEFT) }),
  countPending,
  (snapshot) => ({ ...snapshot, underWay: snapshot.underWay && withoutNotices(snapshot.underWay) }),
]

/** What continue-as-new hands on. The largest destination is shortened first: whoever is quiet loses nothing. */
export function carriedQueues(
  snapshots: readonly DestinationSnapshot[],
  nowMs: number,
): readonly DestinationSnapshot[] {
  const carried = snapshots.map((snapshot) => ({ snapshot, bytes: bytesOf(snapshot) }))
  const total = (): number => carried.reduce((sum, { bytes }) => sum + bytes, 0)
  for (const shorten of STEPS)
    for (const one of [...carried].sort((a, b) => b.bytes - a.bytes)) {
      if (total() <= CARRIED_QUEUES_BYTES) break
      one.snapshot = shorten(one.snapshot, nowMs)
      one.bytes = bytesOf(one.snapshot)
    }
  return carried.map(({ snapshot }) => snapshot)
}

function countPending(snapshot: DestinationSnapshot, nowMs: number): DestinationSnapshot {
  const pending = snapshot.subjects.flatMap(([, subject]) => subject.pending?.notice ?? [])
  const { heldSinceMs = nowMs } = snapshot
  return { ...snapshot, subjects: [], more: withCounts(snapshot.more, pending), heldSinceMs }
}

/** It keeps its id, so that a receiver which has seen it drops it. */
function withoutNotices(batch: NoticeBatch): NoticeBatch {
  return { ...batch, notices: [], more: withCounts(batch.more ?? {}, batch.notices) }
}

type CountsByType = Readonly<Partial<Record<NoticeType, number>>>

function withCounts(counts: CountsByType, notices: readonly Notice[]): CountsByType {
  const sums: Partial<Record<NoticeType, number>> = { ...counts }
  for (const { type } of notices) sums[type] = (sums[type] ?? 0) + 1
  return sums
}

function bytesOf(value: unknown): number {
  return utf8Length(JSON.stringify(value))
}
