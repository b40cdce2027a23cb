import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { get, secret } from '../../../src/connectors/index.js'
import { slack } from '../../../src/connectors/presets/slack.js'
import { type PresetStage, startPresetStage } from './preset-stage.js'
import { relocate } from './relocate.js'
import { CLIENT, startSlackFake } from './slack-fake.js'

describe('the preset slack', () => {
  let fake: Awaited<ReturnType<typeof startSlackFake>>
  let stage: PresetStage

  beforeAll(async () => {
    fake = await startSlackFake()
    process.env['TEST_SLACK_SECRET'] = CLIENT.secret
    const connector = slack({
      clientId: CLIENT.id,
      clientSecret: secret('env:TEST_SLACK_SECRET'),
      scope: 'chat:write channels:read',
      endpoints: { 'channels.list': get('/conversations.list', { items: 'channels' }) },
    })
    stage = await startPresetStage(relocate(connector, { 'https://slack.com': fake.origin }))
  })
  afterAll(async () => {
    await stage.end(fake.canaries())
    await fake.stop()
  })

  it('connects by a code, with commas between the scopes', async () => {
    const status = await stage.connectByCode(fake.browse)
    expect(status).toMatchObject({ status: 'active', account: { name: 'Acme' } })
    expect((status.expiresAtMs ?? 0) - (status.issuedAtMs ?? 0)).toBe(43_200_000)
  })

  it('goes on when HTTP 200 says that the token has expired, with one refresh', async () => {
    expect(await stage.call('channels.list')).toEqual({ ok: true, channels: [] })
    fake.expire()
    expect(await stage.call('channels.list')).toEqual({ ok: true, channels: [] })
    expect(fake.state.refreshes).toBe(1)
  })

  it('says that it must be authorised again when HTTP 200 says that the grant is dead', async () => {
    fake.uninstall()
    await expect(stage.call('channels.list', {}, '2s')).rejects.toThrow()
    const status = await stage.statusWhen(({ status: now }) => now === 'needs_reauth')
    expect(status.reason).toBe('revoked')
  })
})
