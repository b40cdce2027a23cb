import { type AddressInfo, createServer, type Server } from 'node:net'
import type { LookupAddress } from 'node:dns'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  literalAddress,
  mayDial,
  networkPolicy,
  type NetworkPolicy,
  PUBLIC_ONLY,
} from '../../../activities/network/network-policy.js'
import { createExchangeOnce } from '../../../activities/network/exchange-once.js'
import { sendRequest } from '../../../activities/network/send-request.js'
import {
  type AddressLookup,
  createUpstreamAgent,
} from '../../../activities/network/upstream-agents.js'
import {
  apiKey,
  clientCredentials,
  type Connector,
  defineConnector,
  get,
  InvalidDefinition,
  secret,
} from '../../../src/connectors/index.js'
import { LOOPBACK } from '../../fixtures/loopback-policy.js'
import {
  CANARY,
  createActivityBench,
  failureOf,
  startUpstream,
  type Upstream,
} from '../activity-bench.js'

const PRIVATE: NetworkPolicy = { loopback: false, privateAddresses: true }

describe('an address', () => {
  const refused = [
    ['private', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fd12::1', 'fc00::1'],
    ['link-local, where cloud metadata is served', '169.254.169.254', 'fe80::1', 'fe80::1%eth0'],
    ['loopback', '127.0.0.1', '127.255.255.254', '::1'],
    ['shared (CGNAT)', '100.64.0.1', '100.127.255.255'],
    ['multicast or broadcast', '224.0.0.1', '239.1.1.1', '255.255.255.255', 'ff02::1'],
    ['unspecified', '0.0.0.0', '0.1.2.3', '::'],
    ['reserved or for tests', '192.0.0.8', '192.0.2.1', '198.18.0.1', '203.0.113.1', '240.0.0.1'],
    ['IPv4 as IPv6', '::ffff:127.0.0.1', '::ffff:10.0.0.1', '::127.0.0.1', '::ffff:0:10.0.0.1'],
    [
      'NAT64 to a private one',
      '64:ff9b::10.0.0.1',
      '64:ff9b::169.254.169.254',
      '64:ff9b:1::7f00:1',
    ],
    ['6to4 or Teredo', '2002:7f00:1::', '2001:0:4136:e378::'],
    ['nobody’s in IPv6', '2001:db8::1', 'fec0::1', '4000::1', '100::1'],
    ['no address', '', 'localhost', 'api.example', '1.2.3.4.5'],
  ] as const
  test.each(refused)('that is %s is refused', (_what, ...addresses) => {
    for (const address of addresses as string[])
      expect(mayDial('api.example', address, PUBLIC_ONLY), address).toBe(false)
  })

  test('that is public is dialled', () => {
    for (const address of [
      '8.8.8.8',
      '1.1.1.1',
      '2606:4700::1111',
      '::ffff:8.8.8.8',
      '64:ff9b::8.8.8.8',
    ])
      expect(mayDial('api.example', address, PUBLIC_ONLY), address).toBe(true)
  })

  test('that a name below localhost stands for is this machine, or is not dialled', () => {
    const local = { ...LOOPBACK, privateAddresses: ['8.8.8.0/24', '10.0.0.0/8'] }
    expect(mayDial('acme.localhost', '127.0.0.1', local)).toBe(true)
    expect(mayDial('acme.localhost', '::1', local)).toBe(true)
    for (const address of ['8.8.8.8', '10.0.0.1', '2606:4700::1111', '64:ff9b::8.8.8.8'])
      expect(mayDial('acme.localhost', address, local), address).toBe(false)
  })

  test('that is private is dialled where the connector says so; link-local and loopback are not', () => {
    for (const address of ['10.0.0.1', '192.168.1.1', '100.64.0.1', 'fd12::1', '::ffff:10.0.0.1'])
      expect(mayDial('erp.example', address, PRIVATE), address).toBe(true)
    for (const address of ['169.254.169.254', '127.0.0.1', '::1', '0.0.0.0', 'fe80::1'])
      expect(mayDial('erp.example', address, PRIVATE), address).toBe(false)
  })

  test('of a block that the connector names is dialled, and no other private one', () => {
    const blocks = {
      loopback: false,
      privateAddresses: ['10.20.0.0/16', '169.254.7.0/24', 'fd12::/16'],
    }
    for (const address of ['10.20.3.4', '169.254.7.1', 'fd12::1', '::ffff:10.20.0.1', '8.8.8.8'])
      expect(mayDial('erp.example', address, blocks), address).toBe(true)
    for (const address of ['10.21.0.1', '169.254.169.254', 'fd13::1', '127.0.0.1'])
      expect(mayDial('erp.example', address, blocks), address).toBe(false)
  })

  test('of a metadata service is dialled for nobody', () => {
    const everything = { loopback: false, privateAddresses: ['0.0.0.0/0', '::/0'] }
    for (const address of [
      ...['169.254.169.254', '::ffff:169.254.169.254', '64:ff9b::169.254.169.254', '169.254.170.2'],
      ...['100.100.100.200', 'fd00:ec2::254', 'fd20:ce::254'],
    ])
      for (const policy of [everything, PRIVATE, PUBLIC_ONLY])
        expect(mayDial('erp.example', address, policy), address).toBe(false)
  })

  test('of this machine is dialled by its own name only, where the definition has it', () => {
    for (const [host, address] of [
      ['localhost', '127.0.0.1'],
      ['localhost', '::1'],
      ['127.0.0.1', '127.0.0.1'],
      ['::1', '::1'],
    ] as const) {
      expect(mayDial(host, address, LOOPBACK), host).toBe(true)
      expect(mayDial(host, address, PUBLIC_ONLY), host).toBe(false)
    }
    expect(mayDial('api.example', '127.0.0.1', LOOPBACK)).toBe(false)
    expect(mayDial('localhost', '10.0.0.1', LOOPBACK)).toBe(false)
  })

  test('is seen in every notation', () => {
    const loopback = ['2130706433', '0x7f.1', '0x7f000001', '127.1', '0177.0.0.1', '127.0.0.1.']
    for (const host of [...loopback, '0', '[::ffff:127.0.0.1]', '[::]', '[fe80::1]']) {
      const literal = literalAddress(host)
      expect(literal, host).toBeDefined()
      expect(mayDial(host, literal ?? '', PUBLIC_ONLY), host).toBe(false)
    }
    for (const host of ['api.example', 'localhost', 'dead.beef', '1.example'])
      expect(literalAddress(host), host).toBeUndefined()
  })
})

describe('the policy of a connector', () => {
  const base = {
    id: 'shop',
    baseUrl: 'https://shop.example',
    auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
    endpoints: { me: get('/me') },
  } as const
  const tokens = (tokenUrl: string) =>
    clientCredentials({ tokenUrl, clientId: 'app', clientSecret: secret('env:X') })

  test('lets this machine in only where the definition itself names it', () => {
    expect(networkPolicy(defineConnector(base))).toEqual({ ...PUBLIC_ONLY, proxy: true })
    const naming: Connector[] = [
      defineConnector({ ...base, baseUrl: 'http://127.0.0.1:8080/x' }),
      defineConnector({ ...base, baseUrl: 'http://localhost:8080' }),
      defineConnector({ ...base, baseUrl: 'http://[::1]:8080' }),
      defineConnector({ ...base, origins: ['http://localhost:1'] }),
      defineConnector({ ...base, auth: tokens('http://127.0.0.1:9/{account}/token') }),
    ]
    for (const connector of naming)
      expect(networkPolicy(connector)).toEqual({ ...LOOPBACK, proxy: true })
    expect(
      networkPolicy(defineConnector({ ...base, auth: tokens('https://login.example/t') })),
    ).toEqual({ ...PUBLIC_ONLY, proxy: true })
  })

  test('names what else may be dialled, strictly checked', () => {
    const with_ = (privateAddresses: unknown) =>
      defineConnector({ ...base, network: { privateAddresses } as never })
    expect(networkPolicy(with_(true))).toEqual({ ...PRIVATE, proxy: true })
    expect(networkPolicy(with_(['10.0.0.0/8', 'fd12::/16'])).privateAddresses).toHaveLength(2)
    for (const wrong of ['10.0.0.0/8', [], ['10.0.0.1'], ['10.0.0.0/33'], ['internal'], 1])
      expect(() => with_(wrong)).toThrow(InvalidDefinition)
    expect(() => with_(['x'])).toThrow(/network\.privateAddresses.*\n.*right: network: \{/)
  })
})

describe('what is dialled', () => {
  let server: Upstream
  let tcp: Server
  let connections = 0
  beforeAll(async () => {
    server = await startUpstream((_seen, _request, response) => void response.end('{}'))
    tcp = createServer((socket) => {
      connections += 1
      socket.destroy()
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => tcp.once('listening', resolve))
  })
  afterAll(async () => {
    await server.stop()
    await new Promise((resolve) => tcp.close(resolve))
  })
  beforeEach(() => {
    connections = 0
    server.seen.length = 0
  })

  /** A name server that gives another answer each time. */
  function fakeDns(...answers: readonly (readonly string[])[]) {
    const asked: string[] = []
    const left = [...answers]
    return {
      asked,
      lookup: (
        host: string,
        _options: object,
        callback: (error: null, addresses: LookupAddress[]) => void,
      ) => {
        asked.push(host)
        const addresses = left.shift() ?? []
        callback(
          null,
          addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
        )
      },
    }
  }
  const limits = { maxBytes: 1000, timeoutMs: 5000, signal: new AbortController().signal }
  function send(url: string, network: NetworkPolicy, dns = fakeDns()) {
    const direct = { ...network, proxy: false }
    const agent = createUpstreamAgent({ network: direct, keepAlive: false, lookup: dns.lookup })
    const request = () =>
      sendRequest(agent, { method: 'GET', url: new URL(url), headers: {} }, limits)
    return { request, end: () => agent.close() }
  }
  const refusal = { outcome: 'failed', fault: 'ADDRESS_REFUSED', sent: false }

  test('is the address that was checked: a name that turns private later is refused then', async () => {
    const url = `https://api.example:${String((tcp.address() as AddressInfo).port)}/`
    const dns = fakeDns(['127.0.0.1'], ['10.0.0.1'], ['127.0.0.1', '10.0.0.1'], [])
    // The block stands for the public address of the name.
    const here = { loopback: false, privateAddresses: ['127.0.0.1/32'] }
    const { request, end } = send(url, here, dns)
    expect(await request()).toMatchObject({ outcome: 'failed', sent: false })
    expect(connections).toBe(1)
    expect(dns.asked).toEqual(['api.example'])
    for (let refused = 0; refused < 3; refused += 1) expect(await request()).toEqual(refusal)
    expect(connections).toBe(1)
    expect(dns.asked).toHaveLength(4)
    await end()
  })

  test('is nothing where the name is not known, which is the network’s failure', async () => {
    const unknown = Object.assign(new Error('queryA ENOTFOUND'), { code: 'ENOTFOUND' })
    const lookup: AddressLookup = (_host, _options, callback) => {
      // As `dns.lookup` does it: without a list.
      ;(callback as (error: Error) => void)(unknown)
    }
    const network = { ...PUBLIC_ONLY, proxy: false }
    const agent = createUpstreamAgent({ network, keepAlive: false, lookup })
    const url = new URL('https://api.example/')
    const sending = await sendRequest(agent, { method: 'GET', url, headers: {} }, limits)
    expect(sending).toEqual({ outcome: 'failed', fault: 'ENOTFOUND', sent: false })
    await agent.close()
  })

  test('is no loopback address that a public name stands for', async () => {
    const port = new URL(server.origin).port
    const { request, end } = send(
      `https://api.example:${port}/`,
      LOOPBACK,
      fakeDns(['127.0.0.1'], ['::1']),
    )
    expect(await request()).toEqual(refusal)
    expect(await request()).toEqual(refusal)
    await end()
    expect(server.seen).toEqual([])
  })

  test('is this machine by its name, and nothing that the name is bent to', async () => {
    const url = `http://localhost:${new URL(server.origin).port}/`
    const { request, end } = send(url, LOOPBACK, fakeDns(['127.0.0.1'], ['10.0.0.1']))
    expect(await request()).toMatchObject({ outcome: 'answered', status: 200 })
    expect(await request()).toEqual(refusal)
    await end()
    expect(server.seen).toHaveLength(1)
  })

  test.each([
    'https://2130706433/',
    'https://0x7f.1/',
    'https://127.1/',
    'https://0/',
    'https://127.0.0.1./',
    'https://[::ffff:127.0.0.1]/',
    'https://[::1]/',
    'https://１２７.0.0.1/',
    'https://169.254.169.254/latest/meta-data',
    'https://192.168.0.1/',
    'http://8.8.8.8/',
    'http://api.example/',
    `https://${'a.'.repeat(150)}example/`,
  ])('is never %s, for which nothing is looked up', async (url) => {
    const dns = fakeDns(['8.8.8.8'])
    const { request, end } = send(url, PUBLIC_ONLY, dns)
    expect(await request()).toEqual(refusal)
    expect(dns.asked).toEqual([])
    await end()
  })

  test('the same for a token request', async () => {
    const exchange = await createExchangeOnce({ network: PUBLIC_ONLY })({
      method: 'POST',
      url: server.origin,
      headers: {},
      body: CANARY,
    })
    expect(exchange).toMatchObject({ sent: false, fault: 'ADDRESS_REFUSED' })
    expect(server.seen).toEqual([])
  })

  test('a call to a refused address is one clear failure that is not repeated', async () => {
    const inside = defineConnector({
      id: 'inside',
      baseUrl: 'https://10.0.0.1',
      auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
      endpoints: { me: get('/me') },
    })
    const bench = await createActivityBench([inside])
    const connection = 'inside/default'
    const lease = await bench.lease(connection)
    const failure = await failureOf(
      bench.call({ connection, endpoint: 'me', lease, input: {}, idempotencyKey: '' }),
    )
    expect(failure).toMatchObject({ type: 'AddressRefused', nonRetryable: true })
    expect(failure.message).toContain(
      'inside/default me: 10.0.0.1 has an address that is not public',
    )
    expect(failure.message).toContain('network: { privateAddresses: true }')
    expect(failure.text).not.toContain(CANARY)
  })
})
