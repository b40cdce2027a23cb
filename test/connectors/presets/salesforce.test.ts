import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { get, secret } from '../../../src/connectors/index.js'
import { salesforce } from '../../../src/connectors/presets/salesforce.js'
import {
  type LoopbackServer,
  sendJson,
  startLoopbackServer,
} from '../../fixtures/loopback-server.js'
import { type PresetStage, startPresetStage } from './preset-stage.js'
import { relocate } from './relocate.js'
import { CLIENT, startSalesforceFake } from './salesforce-fake.js'

describe('the preset salesforce', () => {
  let fake: Awaited<ReturnType<typeof startSalesforceFake>>
  let evil: LoopbackServer
  let evilUrl: string
  let evilRequests = 0
  let stage: PresetStage

  beforeAll(async () => {
    fake = await startSalesforceFake()
    evil = await startLoopbackServer((_request, response) => {
      evilRequests += 1
      sendJson(response, 200, {})
    })
    // Reachable, and not one of the hosts that the organisation may have.
    evilUrl = evil.origin.replace('127.0.0.1', 'localhost')
    process.env['TEST_SALESFORCE_SECRET'] = CLIENT.secret
    const connector = salesforce({
      version: 'v65.0',
      sessionTimeoutMs: 900_000,
      clientId: CLIENT.id,
      clientSecret: secret('env:TEST_SALESFORCE_SECRET'),
      scope: 'api refresh_token',
      endpoints: { 'sobjects.list': get('/sobjects', { items: 'sobjects' }) },
    })
    stage = await startPresetStage(
      relocate(connector, {
        'https://login.salesforce.com': fake.loginOrigin,
        '*.my.salesforce.com': '127.0.0.1',
        '*.salesforce.com': '127.0.0.1',
      }),
      'acme',
    )
  })
  afterAll(async () => {
    await stage.end(fake.canaries())
    await evil.stop()
    await fake.stop()
  })

  it('connects by a code; the lifetime is the session timeout, which no answer tells', async () => {
    const status = await stage.connectByCode(fake.browse)
    expect(status).toMatchObject({ status: 'active', generation: 1 })
    expect((status.expiresAtMs ?? 0) - (status.issuedAtMs ?? 0)).toBe(900_000)
  })

  it('calls the host that the answer named', async () => {
    const { calls } = fake.state
    expect(await stage.call('sobjects.list')).toEqual({ sobjects: [] })
    expect(fake.state.calls).toBe(calls + 1)
  })

  it('goes on when the session has expired, with one refresh that keeps the refresh token', async () => {
    fake.expire()
    expect(await stage.call('sobjects.list')).toEqual({ sobjects: [] })
    expect(fake.state.refreshes).toBe(1)
    expect(await stage.status()).toMatchObject({ status: 'active', generation: 2 })
  })

  it('does not follow an instance_url to a foreign host', async () => {
    fake.state.instanceUrl = evilUrl
    fake.expire()
    expect(await stage.call('sobjects.list')).toEqual({ sobjects: [] })
    expect(fake.state.refreshes).toBe(2)
    expect(evilRequests).toBe(0)
    fake.state.instanceUrl = ''
  })

  it('does not take another user for this one', async () => {
    const { user } = fake.state
    fake.state.user = '005xx000009ZzZz'
    await expect(stage.connectByCode(fake.browse)).rejects.toMatchObject({ code: 'OtherAccount' })
    fake.state.user = user
    expect(await stage.connectByCode(fake.browse)).toMatchObject({ status: 'active' })
  })

  it('says that it must be authorised again when access is revoked', async () => {
    fake.revoke()
    await expect(stage.call('sobjects.list', {}, '2s')).rejects.toThrow()
    const status = await stage.statusWhen(({ status: now }) => now === 'needs_reauth')
    expect(status.reason).toBe('revoked')
  })

  it('tells Salesforce when the connection is revoked', async () => {
    fake.state.revoked = false
    expect(await stage.connectByCode(fake.browse)).toMatchObject({ status: 'active' })
    await stage.keeper.revoke('salesforce', 'acme')
    const { revocation } = await stage.statusWhen(
      (status) => status.revocation !== undefined && status.revocation.outcome !== 'pending',
    )
    expect(revocation).toEqual({ outcome: 'revoked' })
    expect(fake.state.revoked).toBe(true)
  })
})
