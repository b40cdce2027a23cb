import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { get, secret } from '../../../src/connectors/index.js'
import { atlassian } from '../../../src/connectors/presets/atlassian.js'
import { CLIENT, CLOUD_ID, startAtlassianFake } from './atlassian-fake.js'
import { type PresetStage, startPresetStage } from './preset-stage.js'
import { relocate } from './relocate.js'

describe('the preset atlassian', () => {
  let fake: Awaited<ReturnType<typeof startAtlassianFake>>
  let stage: PresetStage

  beforeAll(async () => {
    fake = await startAtlassianFake()
    process.env['TEST_ATLASSIAN_SECRET'] = CLIENT.secret
    const connector = atlassian({
      clientId: CLIENT.id,
      clientSecret: secret('env:TEST_ATLASSIAN_SECRET'),
      scope: 'read:jira-work offline_access',
      endpoints: { 'projects.list': get('/project/search', { items: 'values' }) },
    })
    stage = await startPresetStage(
      relocate(connector, {
        'https://auth.atlassian.com': fake.origin,
        'https://api.atlassian.com': fake.origin,
      }),
    )
  })
  afterAll(async () => {
    await stage.end(fake.canaries())
    await fake.stop()
  })

  it('connects by a code to the site that came with it', async () => {
    const status = await stage.connectByCode(fake.browse, { cloudId: CLOUD_ID })
    expect(status).toMatchObject({ status: 'active', account: { name: 'Mia Krystof' } })
    expect(await stage.call('projects.list')).toEqual({ values: [] })
  })

  it('goes on when the token has ended, though the answer to the refresh is lost', async () => {
    fake.state.loseAnswers = 1
    fake.expire()
    expect(await stage.call('projects.list')).toEqual({ values: [] })
    expect(fake.state.refreshes).toBe(2)
    expect(await stage.status()).toMatchObject({ status: 'active', generation: 2 })
  })

  it('says that it must be authorised again when access is revoked, told at HTTP 403', async () => {
    fake.revoke()
    await expect(stage.call('projects.list', {}, '2s')).rejects.toThrow()
    const status = await stage.statusWhen(({ status: now }) => now === 'needs_reauth')
    expect(status.reason).toBe('revoked')
  })
})
