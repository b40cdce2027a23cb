import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { get, secret } from '../../../src/connectors/index.js'
import { netsuite } from '../../../src/connectors/presets/netsuite.js'
import { CONSUMER, startNetsuiteFake } from './netsuite-fake.js'
import { type PresetStage, startPresetStage } from './preset-stage.js'
import { relocate } from './relocate.js'

const [FIRST, NEXT] = [
  { token: 'canary-token-first', tokenSecret: 'canary-secret-first +/=&' },
  { token: 'canary-token-next', tokenSecret: 'canary-secret-next' },
]

describe('the preset netsuite', () => {
  let fake: Awaited<ReturnType<typeof startNetsuiteFake>>
  let stage: PresetStage

  beforeAll(async () => {
    fake = await startNetsuiteFake('1234567_SB1')
    fake.addToken(FIRST.token, FIRST.tokenSecret)
    process.env['TEST_NETSUITE_SECRET'] = CONSUMER.secret
    const connector = netsuite({
      consumerKey: CONSUMER.key,
      consumerSecret: secret('env:TEST_NETSUITE_SECRET'),
      endpoints: { 'customers.list': get('/record/v1/customer', { items: 'items' }) },
    })
    stage = await startPresetStage(
      relocate(connector, { 'https://{account}.suitetalk.api.netsuite.com': fake.origin }),
      '1234567-sb1',
    )
  })
  afterAll(async () => {
    const texts = [CONSUMER.secret, ...Object.values(FIRST), ...Object.values(NEXT)]
    await stage.end(texts.map((text) => [text.slice(7, 20), text]))
    await fake.stop()
  })

  it('connects with a token, signed for the realm of its account', async () => {
    expect(await stage.connect(FIRST)).toMatchObject({ status: 'active', kind: 'oauth1' })
  })

  it('signs each call anew, its query too', async () => {
    const q = 'email CONTAIN "a+b@example.com" & more'
    expect(await stage.call('customers.list', { q })).toEqual({ items: [], q })
    expect(await stage.call('customers.list', { q })).toEqual({ items: [], q })
    expect(fake.refusals).toEqual([])
  })

  it('is told as rejected when the administrator revokes the token, and lives with the next one', async () => {
    fake.revoke(FIRST.token)
    await expect(stage.call('customers.list', {}, '2s')).rejects.toThrow()
    await stage.statusWhen(({ status }) => status === 'rejected')
    fake.addToken(NEXT.token, NEXT.tokenSecret)
    expect(await stage.connect(NEXT)).toMatchObject({ status: 'active' })
    expect(await stage.call('customers.list', { q: 'x' })).toEqual({ items: [], q: 'x' })
  })
})
