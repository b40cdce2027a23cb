import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { markAccount } from '../../../activities/token/account-mark.js'
import { apiKey, defineConnector, get } from '../../../src/connectors/index.js'
import { generateKeyPair } from '../../../src/sealing/key-pair.js'
import { createKeyring } from '../../../src/sealing/keyring.js'
import {
  type LoopbackServer,
  sendJson,
  startLoopbackServer,
} from '../../fixtures/loopback-server.js'
import { CONNECTION, type Setup, setUpTokenActivities } from './token-activities-setup.js'

const [first, second] = [await generateKeyPair(), await generateKeyPair()]
const about = { connection: CONNECTION, source: 'token:x', subject: 'canary-person@example.com' }
const old = await createKeyring([first.privateKey])
const both = await createKeyring([first.privateKey, second.privateKey])
const young = await createKeyring([second.privateKey])

describe('the mark of an account', () => {
  const { mark } = markAccount({ keyring: old }, { ...about, known: [] })

  it('tells the same from another, and names nobody', () => {
    expect(mark).not.toContain('canary')
    expect(markAccount({ keyring: old }, { ...about, known: [mark] })).toEqual({ mark, same: true })
    const other = { ...about, subject: 'other', known: [mark] }
    expect(markAccount({ keyring: old }, other).same).toBe(false)
  })

  it('outlives a new key, as long as the old one is there', () => {
    const renewed = markAccount({ keyring: both }, { ...about, known: [mark] })
    expect(renewed.same).toBe(true)
    expect(renewed.mark).not.toBe(mark)
    expect(markAccount({ keyring: young }, { ...about, known: [renewed.mark] }).same).toBe(true)
    expect(markAccount({ keyring: young }, { ...about, known: [mark] })).not.toHaveProperty('same')
  })

  it('of one connection says nothing of another, nor one source of another', () => {
    const elsewhere = { ...about, connection: 'shop/other', known: [] }
    expect(markAccount({ keyring: old }, elsewhere).mark).not.toBe(mark)
    const source = { ...about, source: 'verify:id', known: [mark] }
    expect(markAccount({ keyring: old }, source)).not.toHaveProperty('same')
  })
})

describe('the answer of a verify endpoint', () => {
  let upstream: LoopbackServer
  let it_: Setup
  let body: unknown
  beforeAll(async () => {
    upstream = await startLoopbackServer((_request, response) => {
      sendJson(response, 200, body)
    })
    it_ = await setUpTokenActivities([
      defineConnector({
        id: 'shop',
        baseUrl: upstream.origin,
        auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
        endpoints: { me: get('/me') },
        verify: 'me',
        identity: { subject: 'user.id', name: 'user.name' },
      }),
    ])
  })
  afterAll(() => upstream.stop())

  async function verify(answer: unknown, knownAccount: readonly string[] = []) {
    body = answer
    const token = await it_.seal({ apiKey: 'canary-key' }, 'token')
    return await it_.run('tokenkeeper.verify', { connection: CONNECTION, token, knownAccount })
  }

  it('tells whose account it is, by number or text, and its name', async () => {
    const told = await verify({ user: { id: 4711, name: 'Acme & Söhne' } })
    expect(told).toMatchObject({ outcome: 'accepted', name: 'Acme & Söhne' })
    expect(JSON.stringify(told.account)).not.toContain('4711')
    const known = [told.account?.mark ?? '']
    expect((await verify({ user: { id: '4711' } }, known)).account?.same).toBe(true)
    expect((await verify({ user: { id: 4712 } }, known)).account?.same).toBe(false)
  })

  it.each([
    ['nothing', {}],
    ['a list', []],
    ['objects', { user: { id: {}, name: [] } }],
    ['empty texts', { user: { id: '', name: '' } }],
    ['lines', { user: { id: 'a\nb', name: 'a\u202Eb' } }],
    ['too much', { user: { id: 'x'.repeat(501), name: 'x'.repeat(201) } }],
    ['a fraction', { user: { id: 1.5 } }],
  ])('with %s in its place names nobody', async (_name, answer) => {
    expect(await verify(answer)).toEqual({ outcome: 'accepted' })
  })
})

describe('an identity', () => {
  const shop = {
    id: 'shop',
    baseUrl: 'https://shop.example',
    auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
    endpoints: { me: get('/me') },
  } as const

  it.each([
    ['without a verify endpoint', { identity: { subject: 'id' } }],
    ['that names nothing', { verify: 'me', identity: {} }],
    ['with a path that is none', { verify: 'me', identity: { name: 'a..b' } }],
  ] as const)('%s is refused when the connector loads', (_name, more) => {
    expect(() => defineConnector({ ...shop, ...more })).toThrow(/identity/)
  })
})
