import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Stage, startStage } from './stage.js'
import { until } from './until.js'

/** With `economy` a heartbeat reaches the server each 40 s: whoever hears of something before that has looked. */
const BEFORE_THE_NEXT_HEARTBEAT_MS = 30_000

let stage: Stage
beforeAll(async () => {
  stage = await startStage({
    orders: { paused: 6000, ended: 6000 },
    pageDelayMs: 200,
    keeper: { economy: true },
  })
  await Promise.all([stage.connectErp(), stage.connectShop()])
})
afterAll(() => stage.end())

/** A sync that has just sent the first heartbeat of a slice that has few of them: not its first slice. */
async function startBeating(flow: string) {
  const handle = await stage.sync(flow)
  const pending = async () => (await handle.describe()).raw.pendingActivities ?? []
  const longestTimeout = async () => {
    const { events } = await handle.fetchHistory()
    const timeouts = events?.map((event) =>
      Number(event.activityTaskScheduledEventAttributes?.heartbeatTimeout?.seconds ?? 0),
    )
    return Math.max(...(timeouts ?? []))
  }
  await until(longestTimeout, (seconds) => seconds === 60)
  await until(pending, ([slice]) => (slice?.lastHeartbeatTime ?? undefined) !== undefined)
  return { handle, pending }
}

it('a sync hears of a pause and of a cancellation before its next heartbeat', async () => {
  const { handle, pending } = await startBeating('paused')
  const pausedAtMs = performance.now()
  await handle.signal('tokenkeeper.pause')
  await until(pending, (slices) => slices.length === 0)
  const pauseMs = performance.now() - pausedAtMs
  expect(pauseMs).toBeLessThan(BEFORE_THE_NEXT_HEARTBEAT_MS)
  expect(await stage.keeper.progress(handle.workflowId)).toMatchObject({ state: 'paused' })

  await handle.signal('tokenkeeper.resume')
  await until(pending, ([slice]) => (slice?.lastHeartbeatTime ?? undefined) !== undefined)
  const cancelledAtMs = performance.now()
  await handle.cancel()
  await expect(handle.result()).rejects.toThrow()
  const cancelMs = performance.now() - cancelledAtMs
  expect(cancelMs).toBeLessThan(BEFORE_THE_NEXT_HEARTBEAT_MS)
}, 90_000)

it('the slice of a terminated sync stops before its next heartbeat', async () => {
  const { handle } = await startBeating('ended')
  const endedAtMs = performance.now()
  await handle.terminate('test')
  const pages = () => stage.shop.counters.pagesOfFlow['ended'] ?? 0
  await until(
    async () => {
      const before = pages()
      await sleep(1000)
      return pages() - before
    },
    (more) => more === 0,
  )
  const endMs = performance.now() - endedAtMs
  expect(endMs).toBeLessThan(BEFORE_THE_NEXT_HEARTBEAT_MS)
  expect(pages()).toBeLessThan(600)
}, 90_000)
