import { describe, expect, it } from 'vitest'
import { custom, defineConnector, get, secret } from '../../src/connectors/index.js'
import type { CustomAuth } from '../../src/connectors/index.js'
import { createKeyring } from '../../src/sealing/keyring.js'
import { definitionFingerprint } from '../../activities/token/definition-fingerprint.js'
import { authKindOf } from '../../src/auth/registry.js'
import { defineCustomAuth, TokenkeeperPlugin } from '../../src/index.js'
import { prepareKeeper } from '../../src/worker/prepare-keeper.js'
import { makeKey } from '../fixtures/whole-path.js'

const functions = defineCustomAuth({ authorize: ({ request }) => request })
const connector = (refresh?: CustomAuth['refresh']) =>
  defineConnector({
    id: 'acme',
    baseUrl: 'https://acme.example',
    auth: custom('acme-signature', {
      fields: ['key'],
      refresh,
    }),
    endpoints: { a: get('/a') },
  })

async function prepare(customAuth: object | undefined, acme = connector()) {
  const { file } = await makeKey()
  const options = { connectors: [acme], privateKeys: [secret(`file:${file}`)] }
  return await prepareKeeper({
    ...options,
    customAuth: customAuth as never,
  })
}

const MISSING =
  "connectors: 'acme': it authenticates by custom('acme-signature'), whose functions this worker lacks: give it customAuth: { 'acme-signature': defineCustomAuth({ authorize }) }"

describe('customAuth', () => {
  it.each([
    ['nothing', undefined],
    ['another name', { other: functions }],
    ['bare functions', { 'acme-signature': { authorize: () => undefined } }],
    ['a name of JavaScript itself', Object.create({ 'acme-signature': functions }) as object],
  ])('a worker that has %s does not start, and says what to register', async (_name, given) => {
    await expect(prepare(given)).rejects.toThrow(new TypeError(MISSING))
  })

  it('the plugin says so when it is made', () => {
    const options = { connectors: [connector()], privateKeys: [secret('env:NEVER_READ')] }
    expect(() => new TokenkeeperPlugin(options)).toThrow(new TypeError(MISSING))
    const customAuth = { 'acme-signature': functions }
    expect(() => new TokenkeeperPlugin({ ...options, customAuth })).not.toThrow()
  })

  it('refresh of a connector whose functions return no tokens is a contradiction', async () => {
    const customAuth = { 'acme-signature': functions }
    await expect(prepare(customAuth, connector({ mode: 'on-demand' }))).rejects.toThrow(
      /has refresh, but the functions registered for it have no mint/,
    )
    const mint = () => Promise.reject(new Error('not here'))
    const minting = { 'acme-signature': defineCustomAuth({ mint }) }
    const { connectors } = await prepare(minting, connector({ mode: 'on-demand' }))
    const auth = connectors.get('acme')?.auth
    expect(auth !== undefined && authKindOf(auth).refreshes(auth)).toBe(true)
  })

  it('the definition stays data: the functions are not in its JSON, and do not change its fingerprint', async () => {
    const { connectors } = await prepare({ 'acme-signature': functions })
    const bound = connectors.get('acme')
    expect(bound).toEqual(connector())
    expect(JSON.stringify(bound)).toBe(JSON.stringify(connector()))
    const keyring = await createKeyring([])
    expect(bound && (await definitionFingerprint(bound, keyring))).toBe(
      await definitionFingerprint(connector(), keyring),
    )
    expect(Object.isFrozen(bound?.auth)).toBe(true)
  })
})

describe('custom() in a definition', () => {
  it.each<[string, Partial<CustomAuth>, RegExp]>([
    ['a name with a space', { name: 'acme signature' }, /auth\.name must be a name/],
    ['a field twice', { fields: ['key', 'key'] }, /auth\.fields must name each field once/],
    ['a field of JavaScript itself', { fields: ['constructor'] }, /auth\.fields\[0\] is a name of/],
    [
      'a secret in the definition',
      { secrets: { app: 'canary' as never } },
      /auth\.secrets\.app must be the name of a secret/,
    ],
    [
      'a field that is a secret too',
      { secrets: { key: secret('env:K') } },
      /auth\.secrets\.key is a field of the credential too/,
    ],
    [
      'a secret among the options',
      { options: { deep: [{ app: secret('env:K') as never }] } },
      /auth\.options\.deep must be plain JSON; secrets are named under secrets/,
    ],
    [
      'a function among the options',
      { options: { sign: (() => 'canary') as never } },
      /auth\.options\.sign must be plain JSON/,
    ],
    [
      'what a lifetime makes needless',
      { refresh: { defaultLifetimeMs: 5000 } as never },
      /auth\.refresh\.defaultLifetimeMs is not known here/,
    ],
  ])('%s is refused at load, with path and example', (_name, change, message) => {
    const { name, ...rest } = { name: 'acme', fields: ['key'], ...change }
    const define = () =>
      defineConnector({
        id: 'acme',
        baseUrl: 'https://acme.example',
        auth: custom(name, rest),
        endpoints: { a: get('/a') },
      })
    expect(define).toThrow(message)
    expect(define).toThrow(/right: /)
    expect(define).not.toThrow(/canary/)
  })
})
