import { once } from 'node:events'
import type { Socket } from 'node:net'
import { ActivityCancelledError } from '@temporalio/client'
import { ActivityCancellationDetails } from '@temporalio/common'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { SliceEnd } from '../../../activities/sync/slice-end.js'
import type { SyncCheckpoint } from '../../../src/contract/sync.js'
import type { SyncSliceInput } from '../../../src/contract/sync-slice.js'
import { heartbeatClient, type RunOptions } from '../activity-bench.js'
import { accept, allIds, done, pageOf, recordsIn, SyncStage } from './sync-stage.js'

let stage: SyncStage
beforeAll(async () => {
  stage = await SyncStage.start()
})
afterAll(() => stage.stop())
beforeEach(() => {
  stage.reset()
})

type Cancel = Parameters<NonNullable<RunOptions['onStart']>>[0]
const behindPage2 = { cursor: '/v1/orders?page=3', counters: { pages: 2, read: 8, written: 8 } }

/** Runs a slice; `when` may cancel it, as each request to the ERP comes. */
async function cancelling(
  when: (id: number, cancel: Cancel) => void | Promise<void>,
  more: Partial<SyncSliceInput> = {},
) {
  const held: { cancel?: Cancel } = {}
  stage.writeAnswer = async (seen, ...http) => {
    await when(recordsIn(seen.body)[0]?.id ?? 0, (...all) => held.cancel?.(...all))
    await accept(seen, ...http)
  }
  return await stage.bench.sync(await stage.slice({}, more), {
    onStart: (cancel) => {
      held.cancel = cancel
    },
  })
}

describe('a flow that cancels its slice', () => {
  test('gets the place behind the page under way, all of which is written', async () => {
    const result = await cancelling((id, cancel) => {
      if (id === 5) cancel()
    })
    expect(result).toMatchObject({ outcome: 'interrupted', checkpoint: behindPage2 })
    expect(stage.writtenIds()).toEqual(allIds.slice(0, 8))
    const rest = await stage.bench.sync(await stage.slice({}, { checkpoint: result.checkpoint }))
    expect(rest).toEqual({ outcome: 'done', checkpoint: { counters: done } })
    expect(stage.writtenIds()).toEqual(allIds)
  })

  test('is told of that before anything else', async () => {
    const result = await cancelling((_id, cancel) => cancel(), { reportEveryMs: 0 })
    expect(result).toMatchObject({ outcome: 'interrupted', checkpoint: { counters: { pages: 1 } } })
  })

  test('does not wait for a page that has not come yet', async () => {
    const held: { cancel?: Cancel } = {}
    stage.readAnswer = async (...all) => {
      if (pageOf(all[0].path) < 3) return stage.servePage(...all)
      await new Promise((resolve) => all[1].socket.once('close', resolve))
    }
    stage.writeAnswer = async (seen, ...http) => {
      await accept(seen, ...http)
      if (seen.body.includes('"id":8')) setTimeout(() => held.cancel?.(), 100)
    }
    const result = await stage.bench.sync(await stage.slice(), {
      onStart: (cancel) => {
        held.cancel = cancel
      },
    })
    expect(result).toMatchObject({ outcome: 'interrupted', checkpoint: behindPage2 })
  })

  test.each(['cancelled', 'drained'])(
    'hears the limit that the page read ahead is answered with, though it is %s',
    async (how) => {
      let asked = (): void => undefined
      const ahead = new Promise<void>((resolve) => (asked = resolve))
      let answerLimit = (): void => undefined
      stage.readAnswer = (seen, request, response) => {
        if (pageOf(seen.path) === 1) return stage.servePage(seen, request, response)
        answerLimit = () => {
          response.writeHead(429, { 'retry-after': '60' }).flushHeaders()
        }
        asked()
        return new Promise((resolve) => request.socket.once('close', () => resolve()))
      }
      const result = await cancelling(async (id, cancel) => {
        await ahead
        if (id !== 3) return
        if (how === 'cancelled') cancel()
        else stage.bench.draining = true
      })
      expect(result).toMatchObject({
        outcome: how === 'cancelled' ? 'interrupted' : 'draining',
        checkpoint: { cursor: '/v1/orders?page=2', counters: { pages: 1 } },
      })
      const closed = once(stage.shop.sockets.at(-1) as Socket, 'close')
      answerLimit()
      await closed
      stage.bench.draining = false
      const { checkpoint } = result
      const next = await stage.bench.sync(await stage.slice({}, { checkpoint }))
      expect(next).toMatchObject({ outcome: 'wait', reason: 'its rate limit', checkpoint })
      expect(next.outcome === 'wait' && next.waitMs).toBeGreaterThan(50_000)
      expect(stage.shop.seen).toHaveLength(2)
    },
  )

  test('gets the place behind the last accepted batch where the sink is stuck', async () => {
    let closed = false
    const result = await cancelling(async (id, cancel) => {
      if (id !== 7) return
      cancel()
      const socket = stage.erp.sockets.at(-1)
      await new Promise((resolve) => socket?.once('close', resolve))
      closed = true
    })
    expect(result).toMatchObject({
      outcome: 'interrupted',
      checkpoint: { counters: { pages: 1, written: 6 } },
    })
    await expect.poll(() => closed, { timeout: 60_000 }).toBe(true)
  })

  test('hears of it where heartbeats go past the SDK, and its note is stored all the same', async () => {
    const stored: { checkpoint: SyncCheckpoint; phase?: string }[] = []
    const client = {
      withAbortSignal: (_signal: AbortSignal, work: () => unknown) => work(),
      activity: {
        heartbeat: (_token: Uint8Array, details: (typeof stored)[number]) => {
          stored.push(details)
          const cancelled = details.checkpoint.cursor?.includes('page=2#') === true
          return cancelled
            ? Promise.reject(new ActivityCancelledError('cancelled'))
            : Promise.resolve()
        },
      },
    }
    const result = await stage.bench.sync(await stage.slice({ to: 'orders.add' }), { client })
    expect(result).toMatchObject({ outcome: 'interrupted', checkpoint: behindPage2 })
    expect(stored.at(-1)?.phase).toBeUndefined()
    expect(stage.writtenIds()).toEqual(allIds.slice(0, 8))
  })

  test('gets the place of a sink that fails meanwhile', async () => {
    const held: { cancel?: Cancel } = {}
    const onStart = (cancel: Cancel) => {
      held.cancel = cancel
    }
    stage.sink = () => {
      held.cancel?.()
      throw new Error('the client is closed')
    }
    expect(await stage.bench.sync(await stage.toFunction(), { onStart })).toMatchObject({
      outcome: 'interrupted',
      checkpoint: { counters: { pages: 0 } },
    })
  })

  test('is told of an unknown outcome all the same', async () => {
    const held: { cancel?: Cancel } = {}
    stage.writeAnswer = (_seen, request) => {
      held.cancel?.()
      request.socket.destroy()
    }
    const slice = stage.bench.sync(await stage.slice({ to: 'orders.add' }), {
      client: heartbeatClient([]),
      onStart: (cancel) => {
        held.cancel = cancel
      },
    })
    await expect(slice).rejects.toMatchObject({ type: 'AmbiguousWrite' })
  })
})

describe('a worker that goes down', () => {
  test('ends at once what listens to it, as ever', async () => {
    const details = new ActivityCancellationDetails({ workerShutdown: true })
    const slice = cancelling((id, cancel) => {
      if (id === 5) cancel('WORKER_SHUTDOWN', details)
    })
    await expect(slice).rejects.toMatchObject({ name: 'CancelledFailure' })
  })

  test.each([
    ['cancelRequested', true],
    ['timedOut', false],
    ['notFound', false],
    ['paused', false],
    ['reset', false],
    ['workerShutdown', false],
  ])('is told from a cancellation: %s', (reason, isSoft) => {
    const controller = new AbortController()
    const cancellationDetails = new ActivityCancellationDetails({ [reason]: true })
    const end = new SliceEnd({ cancellationSignal: controller.signal, cancellationDetails })
    controller.abort()
    expect([end.interrupted.aborted, end.signal.aborted]).toEqual([isSoft, !isSoft])
    end.stop()
  })
})

describe('a flow that wants to hear of the place', () => {
  test('gets it at the next page after so long', async () => {
    const reports: SyncCheckpoint[] = []
    let checkpoint: SyncCheckpoint | undefined
    for (;;) {
      const more = checkpoint === undefined ? {} : { checkpoint }
      const result = await stage.bench.sync(await stage.slice({}, { ...more, reportEveryMs: 0 }))
      checkpoint = result.checkpoint
      if (result.outcome === 'done') break
      expect(result.outcome).toBe('report')
      reports.push(checkpoint)
    }
    expect(reports.map(({ counters }) => counters.pages)).toEqual([1, 2, 3, 4, 5])
    expect(stage.writtenIds()).toEqual(allIds)
  })
})
