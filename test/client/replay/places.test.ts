import { Client } from '@temporalio/client'
import { defaultPayloadConverter, type Payload, type PayloadCodec } from '@temporalio/common'
import type { temporal } from '@temporalio/proto'
import { describe, expect, it, test } from 'vitest'
import { payloadDecoder } from '../../../src/client/replay/decode-payloads.js'
import { furthestProgress, isAtEnd } from '../../../src/client/replay/run-progress.js'
import { leftValues } from '../../../src/client/replay/read-ended-sync.js'
import { toListQuery } from '../../../src/client/replay/list-query.js'
import { paceToMs } from '../../../src/client/replay/pace.js'
import { codesOf, FAILURE_CATEGORIES, FAILURES } from '../../../src/contract/failures.js'

const at = (pages: number, cursor: string | undefined = `/orders?page=${String(pages + 1)}`) => ({
  ...(cursor === '' ? {} : { cursor }),
  counters: { pages, read: pages * 10, written: pages * 10 },
})

describe('the furthest place', () => {
  test('is the one of most pages, wherever it stands', () => {
    const values = [at(1), { outcome: 'lease', checkpoint: at(4) }, { checkpoint: at(3) }]
    expect(furthestProgress(values)?.checkpoint).toEqual(at(4))
    expect(
      furthestProgress([undefined, null, 'x', {}, { code: 'UpstreamRejected' }]),
    ).toBeUndefined()
  })

  test('of as many pages is the later one: it is further inside its page', () => {
    const inside = at(3, '/orders?page=4#5.0123456789abcdef')
    expect(furthestProgress([at(3), { checkpoint: inside }])?.checkpoint).toEqual(inside)
  })

  test('says whether a write is open that must not be repeated', () => {
    expect(furthestProgress([{ checkpoint: at(2), phase: 'sent' }])?.unknownWrite).toBe(true)
    const settled = [{ checkpoint: at(2), phase: 'sent' }, { checkpoint: at(3) }]
    expect(furthestProgress(settled)?.unknownWrite).toBe(false)
  })

  test('is no checkpoint without whole counters', () => {
    const wrong = [
      { counters: { pages: 1.5, read: 1, written: 1 } },
      { counters: {} },
      { cursor: 'x' },
    ]
    expect(furthestProgress(wrong)).toBeUndefined()
  })

  test('has nothing after it only where pages are written and no cursor is left', () => {
    const end = furthestProgress([{ checkpoint: at(5, '') }])
    const begin = furthestProgress([at(0, '')])
    expect([end, begin].map((place) => place && isAtEnd(place))).toEqual([true, false])
  })
})

/** Turns every byte round, and remembers whose payloads it was given. */
function turningCodec(owners: unknown[]): PayloadCodec {
  const turn = (payloads: Payload[]): Payload[] =>
    payloads.map(({ metadata, data }) => ({
      ...(metadata === undefined || metadata === null ? {} : { metadata }),
      data: (data ?? new Uint8Array()).map((byte) => byte ^ 0xff),
    }))
  return {
    encode: (payloads) => Promise.resolve(turn(payloads)),
    decode: (payloads, owner) => {
      owners.push(owner)
      return Promise.resolve(turn(payloads))
    },
  }
}

it('what a run left is read through the codecs of the client, each for its owner', async () => {
  const owners: unknown[] = []
  const codec = turningCodec(owners)
  const client = new Client({ dataConverter: { payloadCodecs: [codec] } })
  const encoded = async (value: unknown) => ({
    payloads: await codec.encode([defaultPayloadConverter.toPayload(value)]),
  })
  const scheduled = (id: number, name: string): temporal.api.history.v1.IHistoryEvent => ({
    eventId: id as never,
    activityTaskScheduledEventAttributes: { activityId: `a${String(id)}`, activityType: { name } },
  })
  const events: temporal.api.history.v1.IHistoryEvent[] = [
    scheduled(5, 'tokenkeeper.sync'),
    {
      activityTaskCompletedEventAttributes: {
        scheduledEventId: 5 as never,
        result: await encoded({ outcome: 'lease', checkpoint: at(2) }),
      },
    },
    scheduled(8, 'tokenkeeper.call'),
    {
      activityTaskCompletedEventAttributes: {
        scheduledEventId: 8 as never,
        result: await encoded({ checkpoint: at(99) }),
      },
    },
    scheduled(11, 'tokenkeeper.sync'),
    {
      activityTaskTimedOutEventAttributes: {
        scheduledEventId: 11 as never,
        failure: {
          timeoutFailureInfo: { lastHeartbeatDetails: await encoded({ checkpoint: at(3) }) },
        },
      },
    },
    {
      workflowExecutionFailedEventAttributes: {
        failure: {
          cause: {
            applicationFailureInfo: { type: 'ItemsMissing', details: await encoded(at(5)) },
          },
        },
      },
    },
  ]
  const pending = [
    {
      activityId: 'a20',
      activityType: { name: 'tokenkeeper.sync' },
      heartbeatDetails: await encoded({ checkpoint: at(4) }),
    },
  ]
  const owner = { type: 'workflow', namespace: 'default', workflowId: 'sync-1' } as const
  const left = await leftValues({ owner, events, pending }, payloadDecoder(client))
  expect(left).toEqual([
    { outcome: 'lease', checkpoint: at(2) },
    { checkpoint: at(3) },
    { checkpoint: at(4) },
    at(5),
  ])
  const activity = { type: 'activity', namespace: 'default', workflowId: 'sync-1', isLocal: false }
  expect(owners).toEqual([
    { ...activity, activityId: 'a5' },
    { ...activity, activityId: 'a11' },
    { ...activity, activityId: 'a20' },
    owner,
  ])
})

describe('the list filter', () => {
  const plain = { categories: [], hasFailureAttribute: true } as const

  test('finds every end without a result, since a moment', () => {
    const closedAfterMs = Date.UTC(2026, 10, 25, 6)
    expect(toListQuery({ ...plain, closedAfterMs })).toBe(
      "WorkflowType = 'syncFlow' AND ExecutionStatus IN ('Failed', 'TimedOut', 'Terminated', 'Canceled') AND CloseTime > '2026-11-25T06:00:00.000Z'",
    )
  })

  test('is narrowed by the search attribute, where there is one, and leaves out nothing that lacks it', () => {
    const query = toListQuery({ categories: ['limit'], hasFailureAttribute: true })
    expect(query).toBe(
      "WorkflowType = 'syncFlow' AND ExecutionStatus IN ('Failed') AND (TokenkeeperFailure IN ('RateLimited') OR TokenkeeperFailure IS NULL)",
    )
    expect(toListQuery({ categories: ['limit'], hasFailureAttribute: false })).not.toContain(
      'TokenkeeperFailure',
    )
  })

  test.each([
    ['timeout', "('Failed', 'TimedOut')"],
    ['terminated', "('Terminated')"],
    ['cancelled', "('Canceled')"],
  ] as const)('of %s asks for how runs end', (category, statuses) => {
    const query = toListQuery({ categories: [category], hasFailureAttribute: true })
    expect(query).toBe(`WorkflowType = 'syncFlow' AND ExecutionStatus IN ${statuses}`)
  })
})

test('every code of the closed table is of one kind of failure', () => {
  const codes = codesOf(FAILURE_CATEGORIES)
  expect([...codes].toSorted()).toEqual(Object.keys(FAILURES).toSorted())
  expect(codesOf(['timeout', 'terminated', 'cancelled'])).toEqual([])
})

test.each([
  ['5/s', 200],
  ['30/m', 2000],
  [' 100 / h ', 36_000],
  ['0.5/s', 2000],
  ['0/s', undefined],
  // further apart than a timer of Node's can be
  ['0.001/h', undefined],
  ['fast', undefined],
  ['5/d', undefined],
])('the pace %s is a start every %s ms', (pace, ms) => {
  expect(paceToMs(pace)).toBe(ms)
})
