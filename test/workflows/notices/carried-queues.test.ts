import { describe, expect, it } from 'vitest'
import { NOTICE_TYPES, type Notice } from '../../../src/contract/notices.js'
import { CARRIED_QUEUES_BYTES, carriedQueues } from '../../../workflows/notices/carried-queues.js'
import { DestinationQueue } from '../../../workflows/notices/destination-queue.js'

const T0 = 1_800_000_000_000
const MINUTE = 60_000

function notice(at: number, bytes: number): Notice {
  const type = NOTICE_TYPES[at % NOTICE_TYPES.length] ?? 'sync.failed'
  const connection = `shop/${'x'.repeat(200)}${String(at)}`
  return { id: `n${String(at)}`, type, atMs: T0, connection, message: 'm'.repeat(bytes) }
}

/** A destination that nothing reaches: changes are under way, as many as it takes wait, and some are dead. */
function stuck(name: string, bytes: number): DestinationQueue {
  const queue = DestinationQueue.empty({ kind: 'webhook', name }, T0)
  const send = (from: number, atMs: number): void => {
    for (let at = from; at < from + 60; at += 1) queue.add(notice(at, bytes), atMs)
    queue.take(atMs + 10_000, () => `d${String(from)}`)
    queue.take(atMs + 2 * MINUTE, () => `d${String(from)}`)
  }
  for (let round = 0; round < 5; round += 1) {
    send(round * 60, T0 + round * 5 * MINUTE)
    queue.died('HTTP 503', T0 + round * 5 * MINUTE)
  }
  send(6000, T0 + 200 * MINUTE)
  send(7000, T0 + 210 * MINUTE)
  return queue
}

function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}

function changesOf(queue: DestinationQueue): number {
  return queue.report(T0).waiting
}

describe('what continue-as-new carries of all destinations', () => {
  it('is all of it where that fits', () => {
    const snapshots = ['ops', 'chat'].map((name) => stuck(name, 50).snapshot())
    expect(carriedQueues(snapshots, T0)).toEqual(snapshots)
  })

  it.each([
    ['ten that are full', 10, 7500],
    ['as many as there can be', 20, 7500],
  ])('%s fit, and no change goes uncounted', (_what, count, bytes) => {
    const queues = Array.from({ length: count }, (_, at) => stuck(`d${String(at)}`, bytes))
    const snapshots = queues.map((queue) => queue.snapshot())
    expect(sizeOf(snapshots)).toBeGreaterThan(2 * CARRIED_QUEUES_BYTES)
    const carried = carriedQueues(snapshots, T0)
    expect(sizeOf(carried)).toBeLessThanOrEqual(CARRIED_QUEUES_BYTES + count)
    const after = carried.map((snapshot) => new DestinationQueue(snapshot, T0))
    expect(after.map(changesOf)).toEqual(queues.map(changesOf))
    for (const queue of after) {
      expect(queue.report(T0).dead.length).toBeGreaterThan(0)
      // What was under way keeps its id; then the digest of the rest comes.
      expect(queue.underWay?.id).toMatch(/^d/)
      queue.delivered(T0)
      const held = T0 + 300 * MINUTE
      const next = queue.take(held, () => 'next') ?? queue.take(held + 2 * MINUTE, () => 'next')
      expect(next).toBeDefined()
    }
  })

  it('leaves a quiet destination as it is', () => {
    const quiet = stuck('quiet', 20).snapshot()
    const loud = Array.from({ length: 5 }, (_, at) => stuck(`d${String(at)}`, 7500).snapshot())
    expect(carriedQueues([...loud, quiet], T0).at(-1)?.underWay).toEqual(quiet.underWay)
  })
})
