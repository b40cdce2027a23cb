import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Connector, get, secret } from '../../../src/connectors/index.js'
import { googleServiceAccount, googleUser } from '../../../src/connectors/presets/google.js'
import type { ConnectionStatus } from '../../../src/contract/token-status.js'
import type { Canaries } from '../../integration/evidence.js'
import { until } from '../../integration/until.js'
import { CLIENT, SCOPE, startGoogleFake } from './google-fake.js'
import { type PresetStage, startPresetStage } from './preset-stage.js'
import { relocate } from './relocate.js'

const api = {
  baseUrl: 'https://www.googleapis.com/drive/v3',
  scope: SCOPE,
  verify: 'files.list',
  endpoints: { 'files.list': get('/files', { items: 'files' }) },
} as const

let fake: Awaited<ReturnType<typeof startGoogleFake>>
let stage: PresetStage

async function start(connector: Connector): Promise<void> {
  fake = await startGoogleFake()
  stage = await startPresetStage(relocate(connector, fake.hosts))
}

async function end(canaries: Canaries): Promise<void> {
  await stage.end(canaries)
  await fake.stop()
}

async function startUser(): Promise<void> {
  process.env['TEST_GOOGLE_SECRET'] = CLIENT.secret
  const client = { clientId: CLIENT.id, clientSecret: secret('env:TEST_GOOGLE_SECRET') }
  await start(googleUser({ ...api, ...client }))
}

/** From the lifetime that Google tells, 3,599 s. */
function expectAnHour({ issuedAtMs = 0, expiresAtMs = 0 }: ConnectionStatus): void {
  expect(expiresAtMs - issuedAtMs).toBe(3_599_000)
}

describe('the preset googleUser', () => {
  beforeAll(startUser)
  afterAll(() => end(fake.canaries()))

  it('connects by a code that brings a refresh token', async () => {
    const status = await stage.connectByCode(fake.browse)
    expect(status).toMatchObject({ status: 'active' })
    expect(status.warnings).toBeUndefined()
    expectAnHour(status)
  })

  it('goes on when the token has expired, with one refresh that keeps the refresh token', async () => {
    expect(await stage.call('files.list')).toEqual({ files: [] })
    fake.expire()
    expect(await stage.call('files.list')).toEqual({ files: [] })
    expect(fake.state.refreshes).toBe(1)
  })

  it('does not take another person for this one', async () => {
    const { person, refreshToken } = fake.state
    fake.state.person = '999'
    await expect(stage.connectByCode(fake.browse)).rejects.toMatchObject({ code: 'OtherAccount' })
    Object.assign(fake.state, { person, refreshToken })
  })

  it('tells Google when the connection is revoked', async () => {
    await stage.keeper.revoke('google')
    await until(
      () => fake.state.revoked,
      (revoked) => revoked,
    )
  })
})

describe('the preset googleUser, revoked by the person at Google', () => {
  beforeAll(startUser)
  afterAll(() => end(fake.canaries()))

  it('says that it must be authorised again', async () => {
    await stage.connectByCode(fake.browse)
    fake.revoke()
    await expect(stage.call('files.list', {}, '2s')).rejects.toThrow()
    const status = await stage.statusWhen(({ status: now }) => now === 'needs_reauth')
    expect(status.reason).toBe('revoked')
  })
})

describe('the preset googleServiceAccount', () => {
  beforeAll(() => start(googleServiceAccount(api)))
  afterAll(() =>
    end([
      ...fake.canaries(),
      ['key', fake.keyFile.private_key.replaceAll('\n', '').slice(40, 120)],
    ]),
  )

  it('connects with the whole key file, as the account itself', async () => {
    const status = await stage.connect(fake.keyFile)
    expect(status).toMatchObject({ status: 'active' })
    expectAnHour(status)
    expect(fake.state.subject).toBe('')
  })

  it('signs a new assertion when the token has expired', async () => {
    fake.expire()
    expect(await stage.call('files.list')).toEqual({ files: [] })
    expect(fake.state.assertions).toBe(2)
  })

  it('acts for a person of the domain where a subject is given', async () => {
    await stage.connect({ ...fake.keyFile, subject: 'mia@example.com' })
    expect(fake.state.subject).toBe('mia@example.com')
  })

  it('does not take a key file that names another token endpoint', async () => {
    const foreign = { ...fake.keyFile, token_uri: 'https://evil.example/token' }
    await expect(stage.connect(foreign)).rejects.toMatchObject({ code: 'InvalidInput' })
  })

  it('says what is wrong when the key is taken away', async () => {
    fake.revoke()
    await expect(stage.call('files.list', {}, '2s')).rejects.toThrow()
    // One answer is no verdict.
    const now = await stage.statusWhen(({ status }) => status === 'misconfigured')
    expect(now.failure?.code).toBe('invalid_grant')
    expect(now.failure?.count).toBeGreaterThan(1)
  })
})
