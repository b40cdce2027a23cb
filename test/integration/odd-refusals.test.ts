import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ConnectionStatus } from '../../src/contract/token-status.js'
import { type SignedShop, signedShopConnector, startSignedShop } from '../fixtures/signed-shop.js'
import { keepError } from './evidence.js'
import { type Stage, startStage } from './stage.js'
import { until } from './until.js'

const SIGNING_KEY = 'canary-signing-key'
const SIGNED_IDS = Array.from({ length: 60 }, (_none, at) => `signed-${String(at)}`)

describe.each([
  ['with a verify endpoint', {}],
  ['without one', { verify: false }],
] as const)('an API refuses one request of many with a static credential, %s', (_name, options) => {
  let signed: SignedShop
  let stage: Stage
  beforeAll(async () => {
    signed = await startSignedShop(SIGNING_KEY, SIGNED_IDS)
    stage = await startStage({
      ...options,
      orders: { odd: 200, others: 400, never: 200 },
      pageDelayMs: 100,
      connectors: ({ run }) => [signedShopConnector(`signed-${run}`, signed.origin)],
    })
    stage.canaries.push(['signing key', SIGNING_KEY])
    await stage.connectShop()
    await stage.connectErp()
    await stage.keeper.connect(`signed-${stage.run}`, 'acme', { secret: SIGNING_KEY })
  })
  afterAll(async () => {
    await stage.end()
    await signed.stop()
  })

  const missing = (flow: string): readonly string[] =>
    stage.erp.missing(stage.shop.orderIds().filter((id) => id.startsWith(`${flow}-`)))

  async function expectUsable(connector: string, account?: string): Promise<void> {
    const look = (): Promise<ConnectionStatus> => stage.keeper.status(connector, account)
    expect(await until(look, (now) => now.status === 'active')).toMatchObject({ generation: 1 })
    const story = await stage.keeper.story(connector, account)
    const falls = story.filter(({ event, cause }) => event === 'status' && cause !== 'active')
    expect(falls).toEqual([])
  }

  it('an odd one, once, in the middle of a sync: it is repeated, and nobody hears of it', async () => {
    stage.erp.odd.next(1, '"odd-00110"')
    const flow = await stage.sync('odd')
    expect(await flow.result()).toMatchObject({ read: 200, written: 200 })
    expect(stage.erp.odd.count).toBe(1)
    expect(missing('odd')).toEqual([])
    expect(stage.erp.counters.appliedTwice).toBe(0)
    await expectUsable(stage.erpId)
  })

  it('one of them again and again: its sync fails alone, the others go on, and it can be replayed', async () => {
    stage.erp.odd.next(1000, '"never-00110"')
    const [never, others] = await Promise.all([stage.sync('never'), stage.sync('others')])
    const failure: unknown = await never.result().catch(keepError)
    expect(String((failure as Error).cause)).toContain('orders.upsert')
    expect((failure as { cause?: { type?: string } }).cause?.type).toBe('FreshTokenRejected')
    expect(await others.result()).toMatchObject({ written: 400 })
    await expectUsable(stage.erpId)
    stage.erp.odd.next(0)
    const workflowId = `sync-${stage.run}-never`
    expect(await stage.keeper.replay(workflowId)).toMatchObject({ outcome: 'replayed' })
    await stage.client.workflow.getHandle(workflowId).result()
    expect(missing('never')).toEqual([])
    expect(stage.erp.counters.appliedTwice).toBe(0)
  })

  it('a signed one, once: the page is read again', async () => {
    signed.odd.next(1, 'page=3')
    const flow = await stage.sync('signed', {
      from: { connection: `signed-${stage.run}/acme`, endpoint: 'orders.list', input: {} },
    })
    expect(await flow.result()).toMatchObject({ read: 60, written: 60 })
    expect(signed.odd.count).toBe(1)
    expect(signed.wrong).toEqual([])
    expect(stage.erp.missing(SIGNED_IDS)).toEqual([])
    await expectUsable(`signed-${stage.run}`, 'acme')
  })
})
