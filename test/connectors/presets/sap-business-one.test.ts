import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { get } from '../../../src/connectors/index.js'
import { sapBusinessOne } from '../../../src/connectors/presets/sap-business-one.js'
import { startBusinessOne } from '../../fixtures/login/business-one.js'
import { until } from '../../integration/until.js'
import { type PresetStage, startPresetStage } from './preset-stage.js'

const CREDENTIAL = { company: 'SBODEMOUS', user: 'manager', password: 'canary-pa"ss\\word' }

describe('the preset sap-business-one', () => {
  let fake: Awaited<ReturnType<typeof startBusinessOne>>
  let stage: PresetStage

  beforeAll(async () => {
    const { company, user, password } = CREDENTIAL
    fake = await startBusinessOne({ companyDb: company, userName: user, password })
    const endpoints = { 'orders.list': get('/Orders', { items: 'value' }) }
    stage = await startPresetStage(sapBusinessOne({ baseUrl: fake.baseUrl, endpoints }))
  })
  afterAll(async () => {
    const ids = [...fake.everyId].map((id, n) => [`session ${String(n)}`, id] as const)
    await stage.end([['password', CREDENTIAL.password], ...ids])
    expect(fake.problems).toEqual([])
    await fake.stop()
  })

  it('logs in once at connect, for as long as the answer says', async () => {
    const status = await stage.connect(CREDENTIAL)
    expect(status).toMatchObject({ status: 'active', generation: 1 })
    expect((status.expiresAtMs ?? 0) - (status.issuedAtMs ?? 0)).toBe(1_800_000)
    expect(fake.counters.logins).toBe(1)
  })

  it('calls with both cookies, and logs in anew when the session has died', async () => {
    expect(await stage.call('orders.list')).toMatchObject({ value: [{ DocEntry: 1 }] })
    fake.timeOut()
    expect(await stage.call('orders.list')).toMatchObject({ value: [{ DocEntry: 2 }] })
    expect(fake.counters).toMatchObject({ logins: 2, rejected: 1 })
  })

  it('tries a changed password once, and lives with the new one', async () => {
    fake.changePassword('canary-next')
    fake.timeOut()
    await expect(stage.call('orders.list', {}, '2s')).rejects.toThrow()
    await stage.statusWhen(({ status }) => status === 'needs_reauth')
    expect(fake.counters.refused).toBe(1)
    await stage.connect({ ...CREDENTIAL, password: 'canary-next' })
    expect(await stage.call('orders.list')).toMatchObject({ value: [{ DocEntry: 3 }] })
  })

  it('logs out when the connection is revoked', async () => {
    await stage.keeper.revoke('sap-business-one')
    await until(
      () => fake.counters.logouts,
      (logouts) => logouts === 1,
    )
    expect(fake.live()).toBe(0)
  })
})
