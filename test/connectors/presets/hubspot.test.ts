import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { get, secret } from '../../../src/connectors/index.js'
import { hubspot } from '../../../src/connectors/presets/hubspot.js'
import { CLIENT, startHubspotFake } from './hubspot-fake.js'
import { type PresetStage, startPresetStage } from './preset-stage.js'
import { relocate } from './relocate.js'

describe('the preset hubspot', () => {
  let fake: Awaited<ReturnType<typeof startHubspotFake>>
  let stage: PresetStage

  beforeAll(async () => {
    fake = await startHubspotFake()
    process.env['TEST_HUBSPOT_SECRET'] = CLIENT.secret
    const connector = hubspot({
      clientId: CLIENT.id,
      clientSecret: secret('env:TEST_HUBSPOT_SECRET'),
      scope: 'oauth crm.objects.contacts.read',
      endpoints: { 'contacts.list': get('/crm/v3/objects/contacts', { items: 'results' }) },
    })
    stage = await startPresetStage(
      relocate(connector, {
        'https://app.hubspot.com': fake.origin,
        'https://api.hubapi.com': fake.origin,
      }),
      'acme',
    )
  })
  afterAll(async () => {
    await stage.end(fake.canaries())
    await fake.stop()
  })

  it('connects by a code and records what was granted', async () => {
    const status = await stage.connectByCode(fake.browse)
    expect(status).toMatchObject({
      status: 'active',
      generation: 1,
      scope: 'oauth crm.objects.contacts.read',
    })
    expect((status.expiresAtMs ?? 0) - (status.issuedAtMs ?? 0)).toBe(1_800_000)
  })

  it('calls, and goes on when the token has expired, with one refresh', async () => {
    expect(await stage.call('contacts.list')).toEqual({ results: [] })
    fake.expire()
    expect(await stage.call('contacts.list')).toEqual({ results: [] })
    expect(fake.state.refreshes).toBe(1)
  })

  it('does not take another HubSpot account for this one', async () => {
    fake.state.hubId = 4712
    await expect(stage.connectByCode(fake.browse)).rejects.toMatchObject({ code: 'OtherAccount' })
    fake.state.hubId = 4711
  })

  it('says that it must be authorised again when the app is uninstalled', async () => {
    fake.uninstall()
    await expect(stage.call('contacts.list', {}, '2s')).rejects.toThrow()
    const status = await stage.statusWhen(({ status: now }) => now === 'needs_reauth')
    expect(status.reason).toBe('revoked')
  })
})
