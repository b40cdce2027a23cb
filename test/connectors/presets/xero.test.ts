import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { get, secret } from '../../../src/connectors/index.js'
import { xero } from '../../../src/connectors/presets/xero.js'
import { type PresetStage, startPresetStage } from './preset-stage.js'
import { relocate } from './relocate.js'
import { CLIENT, startXeroFake, TENANT_ID } from './xero-fake.js'

describe('the preset xero', () => {
  let fake: Awaited<ReturnType<typeof startXeroFake>>
  let stage: PresetStage

  beforeAll(async () => {
    fake = await startXeroFake()
    process.env['TEST_XERO_SECRET'] = CLIENT.secret
    const connector = xero({
      clientId: CLIENT.id,
      clientSecret: secret('env:TEST_XERO_SECRET'),
      scope: 'accounting.transactions offline_access',
      endpoints: { 'invoices.list': get('/Invoices', { items: 'Invoices' }) },
    })
    stage = await startPresetStage(
      relocate(connector, {
        'https://login.xero.com': fake.origin,
        'https://identity.xero.com': fake.origin,
        'https://api.xero.com': fake.origin,
      }),
      'acme',
    )
  })
  afterAll(async () => {
    await stage.end(fake.canaries())
    await fake.stop()
  })

  it('connects by a code, and every call names the tenant that came with it', async () => {
    const status = await stage.connectByCode(fake.browse, { tenantId: TENANT_ID })
    expect(status).toMatchObject({ status: 'active', account: { name: 'Acme Ltd' } })
    expect((status.expiresAtMs ?? 0) - (status.issuedAtMs ?? 0)).toBe(1_800_000)
    expect(await stage.call('invoices.list')).toEqual({ Invoices: [] })
  })

  it('goes on when the token has expired, though the answer to the refresh is lost', async () => {
    fake.state.loseAnswers = 1
    fake.expire()
    expect(await stage.call('invoices.list')).toEqual({ Invoices: [] })
    expect(fake.state.refreshes).toBe(2)
    expect(await stage.status()).toMatchObject({ status: 'active', generation: 2 })
  })

  it('says that it must be authorised again when the organisation is disconnected', async () => {
    fake.disconnect()
    await expect(stage.call('invoices.list', {}, '2s')).rejects.toThrow()
    const status = await stage.statusWhen(({ status: now }) => now === 'needs_reauth')
    expect(status.reason).toBe('revoked')
  })
})
