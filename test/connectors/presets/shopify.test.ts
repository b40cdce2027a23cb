import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { shopify } from '../../../src/connectors/presets/shopify.js'
import { get, secret } from '../../../src/connectors/index.js'
import { type PresetStage, startPresetStage } from './preset-stage.js'
import { relocate } from './relocate.js'
import { CLIENT, startShopifyFake } from './shopify-fake.js'

describe('the preset shopify', () => {
  let fake: Awaited<ReturnType<typeof startShopifyFake>>
  let stage: PresetStage

  beforeAll(async () => {
    fake = await startShopifyFake()
    process.env['TEST_SHOPIFY_SECRET'] = CLIENT.secret
    const connector = shopify({
      version: '2026-10',
      clientId: CLIENT.id,
      clientSecret: secret('env:TEST_SHOPIFY_SECRET'),
      scope: 'read_orders read_products',
      endpoints: { 'orders.list': get('/orders.json', { items: 'orders' }) },
    })
    stage = await startPresetStage(
      relocate(connector, { 'https://{account}.myshopify.com': fake.origin }),
      'acme',
    )
  })
  afterAll(async () => {
    await stage.end(fake.canaries())
    await fake.stop()
  })

  it('connects by a code, asks for an expiring token, and verifies it', async () => {
    const status = await stage.connectByCode(fake.browse)
    expect(status).toMatchObject({ status: 'active', generation: 1 })
    expect((status.expiresAtMs ?? 0) - (status.issuedAtMs ?? 0)).toBe(3_600_000)
  })

  it('calls', async () => {
    expect(await stage.call('orders.list')).toEqual({ orders: [] })
  })

  it('goes on when the token has expired, with one refresh', async () => {
    fake.expire()
    expect(await stage.call('orders.list')).toEqual({ orders: [] })
    expect(fake.state.refreshes).toBe(1)
    expect(await stage.status()).toMatchObject({ status: 'active', generation: 2 })
  })

  it('says that it must be authorised again when the app is uninstalled, and does not ask on', async () => {
    fake.uninstall()
    await expect(stage.call('orders.list', {}, '2s')).rejects.toThrow()
    const status = await stage.statusWhen(({ status: now }) => now === 'needs_reauth')
    expect(status.reason).toBe('revoked')
  })
})
