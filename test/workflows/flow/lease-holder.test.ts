import { expect, it } from 'vitest'
import { Tracing } from '../../../src/contract/tracing.js'
import type { LeaseReply, LeaseRequest } from '../../../src/contract/messages.js'
import type { FlowWorld } from '../../../workflows/flow/flow-world.js'
import { LeaseHolder } from '../../../workflows/flow/lease-holder.js'
import { ASK_AGAIN_MS } from '../../../workflows/flow/lease-options.js'

const MINUTE = 60_000

/** A flow whose requests reach a token workflow that is terminated before it answers, so often. */
function startFlow(lost: number) {
  const requests: LeaseRequest[] = []
  const timers: { readonly ms: number; readonly ring: () => void }[] = []
  let waiting: (() => void)[] = []
  let hear: (reply: LeaseReply) => void = () => undefined
  const until = (isDone: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (isDone()) resolve()
        else waiting.push(look)
      }
      look()
    })
  const settle = async (): Promise<void> => {
    for (let turns = 0; turns < 20; turns += 1) {
      const looks = waiting
      waiting = []
      for (const look of looks) look()
      await Promise.resolve()
    }
  }
  const world: FlowWorld = {
    workflowId: () => 'flow',
    now: () => 0,
    random: () => 0.5,
    uuid: () => 'request',
    until,
    untilOrFor: (isDone, ms) =>
      Promise.race([
        until(isDone).then(() => true),
        new Promise<boolean>((resolve) => {
          timers.push({
            ms,
            ring: () => {
              resolve(false)
            },
          })
        }),
      ]),
    isCancelled: () => false,
    tracing: () => new Tracing(),
    uncancelled: (work) => work(),
    onReply: (_requestId, _connection, take) => {
      hear = take
      return () => undefined
    },
    display: { park: () => undefined, clear: () => undefined },
  }
  const request = (message: LeaseRequest): Promise<void> => {
    requests.push(message)
    if (requests.length > lost) {
      const lease = { connection: 'shop/acme', generation: 1 } as never
      hear({ requestId: message.requestId, outcome: 'granted', lease })
    }
    return Promise.resolve()
  }
  const channel = { connection: 'shop/acme', request, send: () => Promise.resolve() }
  return { holder: new LeaseHolder(channel, world), requests, timers, settle }
}

it('a request that is lost with its token workflow is asked again by the one timer that the flow has', async () => {
  const { holder, requests, timers, settle } = startFlow(1)
  const asked = holder.lease()
  await settle()
  expect(requests).toHaveLength(1)
  // Nothing else would ever wake the flow: docs/decisions/a-wait-has-a-timer.md.
  expect(timers.map(({ ms }) => ms)).toEqual([ASK_AGAIN_MS])
  timers[0]?.ring()
  await settle()
  expect(requests).toHaveLength(2)
  expect(await asked).toMatchObject({ generation: 1 })
})

it.each([
  ['a wait that ends before it would ask again has one timer', 4 * MINUTE, [4 * MINUTE]],
  ['a longer one has both', 6 * MINUTE, [6 * MINUTE, ASK_AGAIN_MS]],
])('%s', async (_name, maxWaitMs, ms) => {
  const { holder, timers, settle } = startFlow(1)
  const asked = holder.lease({ maxWaitMs })
  await settle()
  expect(timers.map((timer) => timer.ms)).toEqual(ms)
  timers[0]?.ring()
  await expect(asked).rejects.toThrow('was not usable within')
})

it('somebody who joins such a wait and waits for ever is asked again for', async () => {
  const { holder, requests, timers, settle } = startFlow(1)
  const short = holder.lease({ maxWaitMs: MINUTE }).catch(() => undefined)
  const long = holder.lease()
  await settle()
  expect(timers.map(({ ms }) => ms)).toEqual([MINUTE, ASK_AGAIN_MS])
  timers[1]?.ring()
  await settle()
  expect(requests).toHaveLength(2)
  expect(await long).toMatchObject({ generation: 1 })
  await short
})
