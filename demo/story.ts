import { setTimeout as sleep } from 'node:timers/promises'
import type { WorkflowHandle } from '@temporalio/client'
import { TOKEN_SIGNALS } from '../src/contract/messages.js'
import { tokenWorkflowId } from '../src/contract/connection-ref.js'
import type { SyncInput } from '../src/contract/sync.js'
import { fetchRefreshToken } from '../test/fixtures/fetch-refresh-token.js'
import type { Cast } from './cast.js'
import { FLOW_TASK_QUEUE, FLOWS, ORDERS_PER_PAGE } from './flows.js'

const STORY_LIMIT_MS = 150_000

/** Plays the five steps; `tell` hears what happens. Gives the workflow ids of the flows. */
export async function playStory(
  cast: Cast,
  tell: (event: string) => void,
): Promise<readonly string[]> {
  await connect(cast, tell)
  const flows = await startFlows(cast)
  tell(`2 · three flows sync ${String(cast.shop.counters.orders)} orders through one connection`)
  const ends = Promise.all(flows.map(async (flow): Promise<unknown> => flow.result()))
  const late = new AbortController()
  const place = { waitsFor: '' }
  try {
    await Promise.race([
      Promise.all([ends, disturb(cast, tell, place)]),
      sleep(STORY_LIMIT_MS, undefined, { signal: late.signal }).then(() => {
        throw new Error(
          `not done after ${String(STORY_LIMIT_MS / 1000)} s, waiting for ${place.waitsFor}`,
        )
      }),
    ])
  } finally {
    late.abort()
  }
  return flows.map(({ workflowId }) => workflowId)
}

async function connect(
  { authorizationServer, keeper, erpKeys }: Cast,
  tell: (event: string) => void,
) {
  const { refreshToken } = await fetchRefreshToken(authorizationServer)
  tell('1 · first refresh token fetched (authorization code, PKCE S256)')
  await Promise.all([
    keeper.connect('shop', 'acme', { refreshToken }),
    keeper.connect('erp', 'default', { apiKey: erpKeys.old }),
  ])
  tell('1 · connected: shop/acme (refresh token, rotating) and erp (API key)')
}

async function startFlows({ client }: Cast): Promise<readonly WorkflowHandle[]> {
  return await Promise.all(
    FLOWS.map(async (flow) => {
      const input: SyncInput = {
        from: {
          connection: 'shop/acme',
          endpoint: 'orders.list',
          input: { flow, limit: ORDERS_PER_PAGE },
        },
        to: { connection: 'erp', endpoint: 'orders.upsert' },
      }
      return await client.workflow.start('syncFlow', {
        taskQueue: FLOW_TASK_QUEUE,
        workflowId: `sync-${flow}`,
        args: [input],
      })
    }),
  )
}

interface Place {
  /** For the message when it takes too long. */
  waitsFor: string
}

/** Steps 3 to 5, one after the other, each when the sync has come so far. */
async function disturb(cast: Cast, tell: (event: string) => void, place: Place): Promise<void> {
  const { shop, erp } = cast
  const until = async (waitsFor: string, holds: () => boolean | Promise<boolean>) => {
    place.waitsFor = waitsFor
    while (!(await holds())) await sleep(40)
  }
  const untilShare = (share: number) =>
    until(`${String(share * 100)} % of the orders at the ERP`, () => {
      return erp.counters.orders / shop.counters.orders >= share
    })
  await untilShare(0.15)
  await shop.revokeDuringNextPage()
  tell('3 · the shop revoked the living access token in the middle of a page')
  await untilShare(0.35)
  await rotateErpKey(cast, tell, until)
  await untilShare(0.55)
  await killKeeper(cast, tell, until)
  await untilShare(1)
  place.waitsFor = 'the end of the flows'
}

type Until = (waitsFor: string, holds: () => boolean | Promise<boolean>) => Promise<void>

async function rotateErpKey(cast: Cast, tell: (event: string) => void, until: Until) {
  const { client, keeper, erp, erpKeys } = cast
  erp.addKey(erpKeys.next)
  const reference = 'env:TOKENKEEPER_SECRET_ERP_NEXT'
  await client.workflow
    .getHandle(tokenWorkflowId({ connector: 'erp', account: 'default' }))
    .signal(TOKEN_SIGNALS.rotate, { reference })
  tell(`4 · the operator signalled tokenkeeper.rotate {"reference":"${reference}"}`)
  await until('the rotation of the ERP key', async () =>
    (await keeper.story('erp')).some(({ event }) => event === 'rotated'),
  )
  erp.killKey(erpKeys.old)
  tell('4 · the new ERP key was tried and works; the old key is dead')
}

/**
 * Kills right after a refresh was recorded, and so outside the instant between the authorization
 * server's answer and Temporal's record of it, in which a rotated token would be lost. A write is in the air: applied by
 * the ERP, its answer never arrives.
 */
async function killKeeper(cast: Cast, tell: (event: string) => void, until: Until) {
  const { keeper } = cast
  const generation = async () => (await keeper.status('shop', 'acme')).generation
  const before = await generation()
  await until('the next generation', async () => (await generation()) > before)
  await cast.erp.nextWrite()
  const child = cast.keeperProcess()
  child.kill('SIGKILL')
  await child.ended
  tell(
    `5 · the keeper worker was killed in the middle of a write (SIGKILL, process ${String(child.pid)})`,
  )
  const { pid } = await cast.startKeeper()
  tell(`5 · the keeper worker runs again (process ${String(pid)})`)
}
