import { describe, expect, test } from 'vitest'
import { environmentProxy, proxyProblem } from '../../../activities/network/proxies.js'
import { createExchangeOnce } from '../../../activities/network/exchange-once.js'
import { isThisMachine, PUBLIC_ONLY } from '../../../activities/network/network-policy.js'
import { startConnectProxy } from '../../fixtures/connect-proxy.js'
import { apiKey, defineConnector, get } from '../../../src/connectors/index.js'
import { generateKeyPair } from '../../../src/sealing/key-pair.js'
import { prepareKeeper } from '../../../src/worker/prepare-keeper.js'

describe('what the environment says', () => {
  const proxy = 'http://proxy.example:3128'
  test.each([
    ['api.example', 443, 'api.example', false],
    ['api.example', 443, 'API.Example.', false],
    ['api.example.', 443, 'api.example', false],
    ['a.api.example', 443, '.api.example', false],
    ['a.api.example', 443, '*.api.example', false],
    ['xapi.example', 443, 'api.example', true],
    ['api.example', 443, 'api.example:8443', true],
    ['api.example', 8443, 'x,\tapi.example:8443', false],
    ['api.example', 443, '*', false],
    ['api.example', 443, 'a.example *', false],
    ['api.example', 443, ' , ', true],
    ['xn--bcher-kva.example', 443, 'bücher.example', false],
    ['10.20.3.4', 443, '10.20.0.0/16', false],
    ['10.21.3.4', 443, '10.20.0.0/16', true],
    ['10.20.3.4', 443, '10.20.0.0/99 nonsense/x', true],
    ['10.20.3.4', 443, '10.20.3.4:443', false],
    ['fd12::1', 443, '[fd12::1]', false],
    ['fd12::1', 443, 'fd12:0::1', false],
    ['fd12::1', 443, '[fd12::1]:8443', true],
    ['fd12::1', 443, 'fd12::/16', false],
    ['::ffff:10.20.3.4', 443, '10.20.3.4', false],
  ])('%s at %s with NO_PROXY %s: through the proxy is %s', (host, at, without, proxied) => {
    const found = environmentProxy(host, at, { HTTPS_PROXY: proxy, NO_PROXY: without })
    expect(found).toEqual(proxied ? { origin: proxy } : undefined)
  })

  test.each([
    ['http://proxy.example', 'http://proxy.example'],
    ['HTTP://Proxy.Example:8080/', 'http://proxy.example:8080'],
    ['https://[::1]:3128', 'https://[::1]:3128'],
    [' proxy.example:3128 ', proxy],
    ['10.0.0.1:3128', 'http://10.0.0.1:3128'],
  ])('%s is a proxy', (value, origin) => {
    expect(environmentProxy('api.example', 443, { HTTPS_PROXY: value })).toEqual({ origin })
    expect(proxyProblem({ HTTPS_PROXY: value })).toBeUndefined()
  })

  test.each([
    ...['none', 'true', 'not a url', 'proxy.example', ':3128', 'http://', 'http://:3128'],
    ...['socks5://proxy.example:1080', 'ftp://proxy.example', 'http:proxy.example:3128'],
    ...['http://user:pa/ss@proxy.example:3128', 'http://user:1/ss@proxy.example:3128'],
    ...['http://us#er:x@proxy.example', 'http://%zz:x@proxy.example', 'http://proxy.example/?x'],
    ...['user:pass@proxy.example:3128', 'http://proxy.example:99999'],
  ])('%s is none, which is told before anything begins', async (value) => {
    const problem = proxyProblem({ HTTPS_PROXY: value })
    expect(problem).toMatch(/^HTTPS_PROXY .* names no proxy: give http:\/\/host:port/)
    if (value.length > 7) expect(problem).not.toContain(value)
    expect(() => environmentProxy('api.example', 443, { https_proxy: value })).toThrow()
    const base = {
      id: 'api',
      baseUrl: 'https://api.example',
      endpoints: { me: get('/me') },
    } as const
    const define = (network: object) =>
      defineConnector({ ...base, auth: apiKey({ in: 'header', name: 'X-Key' }), ...network })
    const { privateKey } = await generateKeyPair()
    const prepare = (network: object) =>
      prepareKeeper({ connectors: [define(network)], privateKeys: [privateKey] })
    process.env.HTTPS_PROXY = value
    try {
      await expect(prepare({})).rejects.toThrow(problem)
      await expect(prepare({ network: { proxy: false } })).resolves.toBeDefined()
    } finally {
      delete process.env.HTTPS_PROXY
    }
  })

  test('nothing: no proxy, empty variables too', () => {
    expect(environmentProxy('api.example', 443, {})).toBeUndefined()
    expect(environmentProxy('api.example', 443, { https_proxy: '', NO_PROXY: '' })).toBeUndefined()
    const both = { https_proxy: '', HTTPS_PROXY: proxy }
    expect(environmentProxy('api.example', 443, both)).toEqual({ origin: proxy })
  })
})

test('this machine is known in every notation, and nothing else is taken for it', () => {
  for (const host of [
    ...['localhost', 'localhost.', 'a.localhost', 'a.localhost.', '127.0.0.1', '127.9.9.9', '::1'],
    ...['[::1]', '::ffff:127.0.0.1', '::ffff:7f00:1', '64:ff9b::127.0.0.1', '2130706433', '0x7f.1'],
    ...['127.0.0.1.', '0.0.0.0', '0', '::'],
  ])
    expect(isThisMachine(host), host).toBe(true)
  for (const host of [
    'api.example',
    'localhost.example',
    '10.0.0.1',
    '128.0.0.1',
    '::2',
    '8.8.8.8',
  ])
    expect(isThisMachine(host), host).toBe(false)
})

test.each([
  ...['10.0.0.1', '169.254.169.254', '[::ffff:10.0.0.1]', '[::ffff:169.254.169.254]', '[fd12::1]'],
  ...['127.0.0.1', '[::1]', '[::ffff:7f00:1]', '[64:ff9b::7f00:1]', '2130706433', '0', '[::]'],
  ...['localhost', 'localhost.', 'a.localhost.', '10.0.0.1.', '0xa9fea9fe', '100.100.100.200'],
  // Nobody could look it up, and some proxies end at such a name.
  `${'a.'.repeat(150)}example`,
])('no proxy is asked for %s, by no request', async (host) => {
  const proxy = await startConnectProxy({ resolve: () => undefined })
  process.env.HTTPS_PROXY = `http://${proxy.host}`
  try {
    const exchange = createExchangeOnce({ network: PUBLIC_ONLY })
    const request = { method: 'POST', url: `https://${host}/token`, headers: {}, body: 'canary' }
    const refused = { sent: false, fault: 'ADDRESS_REFUSED' }
    // Some systems know no name with a dot at its end.
    const known = !host.endsWith('localhost.')
    expect(await exchange(request)).toMatchObject(known ? refused : { sent: false })
    const plain = { ...request, url: 'http://api.example/' }
    expect(await exchange(plain)).toMatchObject(refused)
    expect(proxy.asked).toEqual([])
  } finally {
    delete process.env.HTTPS_PROXY
    await proxy.stop()
  }
})
