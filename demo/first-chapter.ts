import { TOKEN_SIGNALS } from '../src/contract/messages.js'
import { tokenWorkflowId } from '../src/contract/connection-ref.js'
import type { Cast } from './cast.js'
import { FIRST } from './flows.js'
import { authoriseShop, shareDone, type Stagehand, startSync, syncId } from './stagehand.js'

/** Steps 1 to 5: tokens die in the middle of syncs, and nobody notices. Gives the workflow ids. */
export async function playFirstChapter(
  cast: Cast,
  stagehand: Stagehand,
): Promise<readonly string[]> {
  const { tell, show, until } = stagehand
  await connect(cast, stagehand)
  show(FIRST)
  const names = Object.keys(FIRST)
  const flows = await Promise.all(names.map((flow) => startSync(cast, flow)))
  const orders = Object.values(FIRST).reduce((sum, count) => sum + count, 0)
  tell(`2 · three flows sync ${String(orders)} orders through one connection`)
  const ends = Promise.all(flows.map(async (flow): Promise<unknown> => flow.result()))
  await Promise.all([ends, disturb(cast, stagehand)])
  await until('the end of the flows', () => shareDone(cast, FIRST) >= 1)
  return names.map(syncId)
}

async function connect(cast: Cast, { tell }: Stagehand): Promise<void> {
  const { keeper, erpKeys } = cast
  await Promise.all([
    authoriseShop(cast),
    keeper.connect('erp', 'default', { apiKey: erpKeys.old }),
  ])
  tell('1 · connected: shop/acme (authorization code with PKCE, rotating) and erp (API key)')
}

/** Steps 3 to 5, one after the other, each when the sync has come so far. */
async function disturb(cast: Cast, stagehand: Stagehand): Promise<void> {
  const { tell, until } = stagehand
  const untilShare = (share: number) =>
    until(`${String(share * 100)} % of the orders at the ERP`, () => {
      return shareDone(cast, FIRST) >= share
    })
  await untilShare(0.15)
  await cast.shop.revokeDuringNextPage()
  tell('3 · the shop revoked the living access token in the middle of a page')
  await untilShare(0.35)
  await rotateErpKey(cast, stagehand)
  await untilShare(0.55)
  await killKeeper(cast, stagehand)
}

async function rotateErpKey(cast: Cast, { tell, until }: Stagehand): Promise<void> {
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
async function killKeeper(cast: Cast, { tell, until }: Stagehand): Promise<void> {
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
