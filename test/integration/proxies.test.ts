import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CANARY } from '../activities/activity-bench.js'
import { evidence, findLeaks } from './evidence.js'
import {
  CLIENT_SECRET,
  LITERALS,
  MANNERS,
  PASSWORD,
  type ProxiedWorld,
  runProxiedWorld,
  USER,
} from './proxied-world.js'

/** Of a call. */
const GOOD = { outcome: 'done', result: { ok: true } }

let world: ProxiedWorld
beforeAll(async () => {
  world = await runProxiedWorld()
})
afterAll(() => world.stop())

const outcome: ProxiedWorld['outcome'] = (name) => world.outcome(name)
const connects: ProxiedWorld['connects'] = (which, host) => world.connects(which, host)
const asked = (name: string): readonly string[] =>
  world.seen.filter((one) => one.includes(`//${name}`))

describe('behind a proxy that alone resolves the names', () => {
  test('calls, token requests, discovery, verify and revocation go through it', () => {
    for (const name of ['me', 'add', 'moved'])
      expect(outcome(`via-${name}`).result, name).toMatchObject(GOOD)
    expect(outcome('via-mint').result).toMatchObject({ outcome: 'minted', lifetimeMs: 60_000 })
    expect(outcome('via-discovered').result).toMatchObject({ outcome: 'minted' })
    expect(outcome('via-verify').result).toMatchObject({ outcome: 'accepted' })
    expect(outcome('via-revoke').result).toMatchObject({ outcome: 'revoked' })
    const tasks = ['me', 'add', 'moved', 'mint', 'discovered', 'verify', 'revoke']
    for (const task of tasks) {
      expect(asked(`via-${task}.`), task).not.toEqual([])
      expect(outcome(`via-${task}`).looked, task).toEqual([])
      expect(connects('pass', `via-${task}.`), task).toBeGreaterThan(0)
    }
  })

  test('a link to http of an API behind TLS is read on by https, through the proxy', () => {
    const origin = `https://via-moved.upstream.example:${String(world.port)}`
    expect(asked('via-moved.')).toEqual([`GET ${origin}/moved `, `GET ${origin}/me `])
  })

  test('lower-case variables come first; HTTP_PROXY stands in; http is implied', () => {
    for (const name of ['lower', 'plain', 'schemeless'])
      expect(outcome(name).result, name).toMatchObject(GOOD)
  })

  test('a host of NO_PROXY goes direct, where its address is looked up and checked', () => {
    expect(outcome('inside-via')).toMatchObject({ result: GOOD, looked: [] })
    expect(outcome('inside-not').failure).toMatchObject({ type: 'AddressRefused' })
    expect(outcome('inside-not').looked).toEqual(['inside-not.upstream.example'])
    expect(outcome('inside-not-mint').result).toMatchObject({ code: 'AddressRefused' })
    expect(outcome('nowhere').failure?.message).toContain('(ENOTFOUND), nothing was sent')
    for (const host of ['inside-not.', 'inside-not-mint.', 'nowhere.'])
      expect(connects('pass', host), host).toBe(0)
  })

  test('network: { proxy: false } goes direct', () => {
    expect(outcome('forbidden').failure?.message).toContain('(ENOTFOUND), nothing was sent')
    expect(outcome('forbidden-mint').result).toMatchObject({ class: 'not_sent', code: 'ENOTFOUND' })
    expect(connects('pass', 'forbidden')).toBe(0)
  })

  test('this machine is reached directly, by whatever name', () => {
    for (const host of ['localhost', '127.0.0.1']) {
      expect(outcome(`own-${host}`).result, host).toMatchObject(GOOD)
      expect(outcome(`own-mint-${host}`).result, host).toMatchObject({ outcome: 'minted' })
      expect(connects('pass', host), host).toBe(0)
    }
  })

  test.each(LITERALS)('%s is refused, and the proxy is not asked for it', (host) => {
    expect(outcome(`literal-${host}`).failure).toMatchObject({
      type: 'AddressRefused',
      nonRetryable: true,
    })
    expect(outcome(`literal-mint-${host}`).result).toMatchObject({ code: 'AddressRefused' })
    expect(connects('pass', host)).toBe(0)
  })

  test('user and password of its URL, percent-encoded, are what it wants', () => {
    expect(outcome('locked').result).toMatchObject(GOOD)
    expect(outcome('locked-mint').result).toMatchObject({ outcome: 'minted' })
    const words = /HTTP_407.*wants user and password.*percent-encoded/
    expect(outcome('locked-wrong').failure?.message).toMatch(words)
    expect(outcome('locked-wrong-mint').result).toMatchObject({
      class: 'not_sent',
      code: 'PROXY_HTTP_407',
      message: expect.stringMatching(words) as string,
    })
  })
})

test('a proxy that is spoken to by TLS, and its certificate', () => {
  expect(outcome('secure-add').result).toMatchObject(GOOD)
  expect(outcome('secure-mint').result).toMatchObject({ outcome: 'minted' })
  expect(connects('secure', 'secure-')).toBe(2)
  const { result } = outcome('strange-secure')
  expect(result).toHaveProperty('code', expect.stringMatching(/^PROXY_.*(?:CERT|VERIFY)/))
  const words = /certificate of the proxy.*is not trusted.*NODE_EXTRA_CA_CERTS/
  expect(result).toHaveProperty('message', expect.stringMatching(words))
})

describe('a proxy that does not let a request through', () => {
  const cases: readonly (readonly [string, RegExp, RegExp])[] = [
    ['403', /^PROXY_HTTP_403$/, /refuses to connect to this host: allow it there, or .* NO_PROXY/],
    ['407', /^PROXY_HTTP_407$/, /wants user and password/],
    ['502', /^PROXY_HTTP_502$/, /did not get through to this host/],
    ['reset', /^PROXY_(?:ECONNRESET|UND_ERR_SOCKET)$/, /is not there, or breaks off/],
    ['end', /^PROXY_UND_ERR_SOCKET$/, /is not there, or breaks off/],
    ['garbage', /^PROXY_NOT_HTTP$/, /something that is not of an HTTP proxy/],
    ['reset-after', /^TUNNEL_/, /let the connection through, and it broke off/],
    ['end-after', /^TUNNEL_/, /let the connection through, and it broke off/],
    ['garbage-after', /^TUNNEL_/, /let the connection through, and it broke off/],
    ['down', /^PROXY_ECONNREFUSED$/, /is not there, or breaks off/],
    ['invalid', /^PROXY_INVALID$/, /names no proxy: give http:\/\/host:port/],
  ]

  test.each(cases)('%s: nothing of a write or a token request was sent', (name, code, words) => {
    const { failure } = outcome(`${name}-add`)
    expect(failure).toMatchObject({ type: 'UpstreamUnavailable', nonRetryable: false })
    expect(failure?.message).toMatch(
      /^api\/default add could not be reached \(.*nothing was sent; /,
    )
    expect(failure?.message).toMatch(words)
    expect(failure?.message).toContain('HTTPS_PROXY')
    const { result } = outcome(`${name}-mint`)
    expect(result).toMatchObject({ outcome: 'failed', class: 'not_sent' })
    expect(result).toHaveProperty('code', expect.stringMatching(code))
    expect(result).toHaveProperty('message', expect.stringMatching(words))
    expect(asked(`${name}-`)).toEqual([])
  })

  test('it does so to every other request as well', () => {
    for (const manner of MANNERS)
      for (const task of ['discovered', 'verify', 'revoke']) {
        const name = `${String(manner)}-${task}`
        expect(JSON.stringify(outcome(name).result), name).toMatch(/(?:PROXY|TUNNEL)_/)
        expect(JSON.stringify(outcome(name).result), name).toContain('HTTPS_PROXY')
        expect(asked(name), name).toEqual([])
      }
  })

  test('one that says nothing is waited for no longer than for any connection', () => {
    for (const [manner, code] of [
      ['hang', 'PROXY_TIMEOUT'],
      ['hang-after', 'TUNNEL_UND_ERR_CONNECT_TIMEOUT'],
    ] as const) {
      expect(outcome(`${manner}-mint`).result).toMatchObject({ class: 'not_sent', code })
      expect(connects(manner, `${manner}-mint.`)).toBe(1)
    }
  })

  test('it is asked once by each request, whatever it does', () => {
    for (const manner of MANNERS)
      for (const task of ['add', 'mint', 'verify'])
        expect(connects(manner, `${String(manner)}-${task}.`), `${String(manner)} ${task}`).toBe(1)
  })

  test('a name of a proxy that is not known is the proxy’s, not the host’s', () => {
    expect(outcome('unknown-mint')).toMatchObject({
      result: { class: 'not_sent', code: 'PROXY_ENOTFOUND' },
      looked: ['proxy.example'],
    })
  })
})

describe('a certificate', () => {
  test('of a CA that the worker does not know: the message names NODE_EXTRA_CA_CERTS', () => {
    const words = /certificate is of a CA that is not known here.*NODE_EXTRA_CA_CERTS/
    for (const name of ['strange-add', 'strange-direct']) {
      const { failure } = outcome(name)
      expect(failure).toMatchObject({ type: 'UpstreamUnavailable', nonRetryable: false })
      expect(failure?.message, name).toMatch(words)
    }
    const { result } = outcome('strange-mint')
    expect(result).toMatchObject({ class: 'not_sent' })
    expect(result).toHaveProperty('message', expect.stringMatching(words))
    expect(outcome('strange-verify').result).toHaveProperty('message', expect.stringMatching(words))
    expect(asked('strange-')).toEqual([])
  })

  test('of another name is told as such', () => {
    const { failure } = outcome('other-name')
    expect(failure?.message).toMatch(/\(ERR_TLS_CERT_ALTNAME_INVALID\).*is not valid/)
    expect(connects('pass', 'other.')).toBe(1)
  })
})

test('no credential is in anything that the workers said', () => {
  const canaries = { USER, PASSWORD, CLIENT_SECRET, CANARY, wrong: 'canary-wrong' }
  const said = `${evidence()}${world.said}`
  expect(said).toContain('locked-wrong-mint')
  expect(findLeaks(said, Object.entries(canaries))).toEqual([])
  expect(world.seen.filter((one) => one.startsWith('POST')).length).toBeGreaterThan(4)
})
