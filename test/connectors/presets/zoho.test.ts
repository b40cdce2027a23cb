import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { get, secret } from '../../../src/connectors/index.js'
import { zoho } from '../../../src/connectors/presets/zoho.js'
import { type PresetStage, startPresetStage } from './preset-stage.js'
import { relocate } from './relocate.js'
import { CLIENT, startZohoFake } from './zoho-fake.js'

/** A Zoho, and a stage with the preset on it. */
async function startZoho(account: string) {
  const fake = await startZohoFake()
  process.env['TEST_ZOHO_SECRET'] = CLIENT.secret
  const connector = zoho({
    clientId: CLIENT.id,
    clientSecret: secret('env:TEST_ZOHO_SECRET'),
    scope: 'ZohoCRM.modules.READ ZohoCRM.org.READ',
    dataCentre: 'eu',
    api: '/crm/v8',
    verify: 'org.get',
    endpoints: { 'org.get': get('/org'), 'leads.list': get('/Leads', { items: 'data' }) },
  })
  const hosts = {
    'https://accounts.zoho.eu': fake.origin,
    'https://www.zohoapis.eu': fake.origin,
  }
  return { fake, stage: await startPresetStage(relocate(connector, hosts), account) }
}

describe('the preset zoho', () => {
  let fake: Awaited<ReturnType<typeof startZohoFake>>
  let stage: PresetStage

  beforeAll(async () => {
    ;({ fake, stage } = await startZoho('acme'))
  })
  afterAll(async () => {
    await stage.end(fake.canaries())
    await fake.stop()
  })

  it('connects by a code and calls with its own scheme', async () => {
    expect(await stage.connectByCode(fake.browse)).toMatchObject({ status: 'active' })
    expect(await stage.call('leads.list')).toEqual({ data: [] })
  })

  it('goes on when the token has expired, with one refresh that keeps the refresh token', async () => {
    fake.expire()
    expect(await stage.call('leads.list')).toEqual({ data: [] })
    expect(fake.state.refreshes).toBe(1)
  })

  it('never asks for more tokens than the provider gives in its window', async () => {
    for (let generation = 3; generation <= 10; generation += 1) {
      await stage.keeper.refresh('zoho', 'acme')
      await stage.statusWhen((status) => status.generation === generation)
    }
    const held = stage.keeper.refresh('zoho', 'acme')
    await expect(held).rejects.toMatchObject({ code: 'RateLimited' })
    // It is held until the window opens: long before the token itself would be refreshed.
    const { nextRefreshAtMs = 0 } = await stage.statusWhen(
      ({ nextRefreshAtMs: next = 0 }) => next < Date.now() + 600_000,
    )
    expect(nextRefreshAtMs).toBeGreaterThan(Date.now() + 300_000)
    const story = await stage.keeper.story('zoho', 'acme')
    expect(await stage.status()).toMatchObject({ status: 'active', generation: 10 })
    expect(story.filter(({ event }) => event === 'refresh_failed')).toEqual([])
    expect(fake.state).toMatchObject({ given: 10, denied: 0 })
    expect(await stage.call('leads.list')).toEqual({ data: [] })
  })
})

describe('the preset zoho, revoked', () => {
  it('says that it must be authorised again, told at HTTP 200', async () => {
    const { fake, stage } = await startZoho('revoked')
    await stage.connectByCode(fake.browse)
    fake.revoke()
    await expect(stage.call('leads.list', {}, '2s')).rejects.toThrow()
    const status = await stage.statusWhen(({ status: now }) => now === 'needs_reauth')
    expect(status.reason).toBe('revoked')
    await stage.end(fake.canaries())
    await fake.stop()
  })

  it('waits when another application has used up what the provider gives', async () => {
    const { fake, stage } = await startZoho('throttled')
    await stage.connectByCode(fake.browse)
    fake.state.given = 10
    const refused = stage.keeper.refresh('zoho', 'throttled')
    await expect(refused).rejects.toMatchObject({ code: 'rate_limited' })
    const { status, failure } = await stage.statusWhen((seen) => seen.failure !== undefined)
    expect({ status, code: failure?.code }).toEqual({ status: 'degraded', code: 'rate_limited' })
    expect(await stage.call('leads.list')).toEqual({ data: [] })
    await stage.end(fake.canaries())
    await fake.stop()
  })
})
