import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import {
  apiKey,
  basic,
  clientCredentials,
  type Connector,
  defineConnector,
  get,
  InvalidDefinition,
  linkHeader,
  post,
  refreshToken,
  secret,
} from '../../src/connectors/index.js'

const good = {
  id: 'shop',
  baseUrl: 'https://{account}.shop.example/admin',
  auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
  endpoints: {
    'shop.get': get('/shop.json'),
    'orders.list': get('/orders.json', {
      query: z.object({ status: z.string().optional() }),
      items: 'orders',
      paginate: linkHeader(),
    }),
    'orders.create': post('/orders.json', {
      body: z.object({ id: z.string() }),
      batch: { size: 100, items: 'orders' },
      idempotency: { header: 'Idempotency-Key', id: 'id' },
    }),
  },
  verify: 'shop.get',
  origins: ['https://files.shop.example'],
  expired: { status: [419], body: { path: 'error.code', equals: ['expired'] } },
} as const

const oauth = {
  tokenUrl: 'https://login.example/token',
  clientId: 'app',
  clientSecret: secret('env:SHOP_SECRET'),
}

function problemsOf(changes: object, without?: string): InvalidDefinition {
  const definition = { ...good, ...changes }
  if (without !== undefined) Reflect.deleteProperty(definition, without)
  try {
    defineConnector(definition)
  } catch (error) {
    if (error instanceof InvalidDefinition) return error
    throw error
  }
  throw new Error('the definition was let through')
}

describe('defineConnector', () => {
  test('gives back what was defined, frozen to the bottom, and leaves the original alone', () => {
    const definition = { ...good, endpoints: { ...good.endpoints } }
    const connector: Connector = defineConnector(definition)
    expect(connector).toEqual(definition)
    expect(Object.isFrozen(connector)).toBe(true)
    expect(Object.isFrozen(connector.endpoints['orders.list']?.paginate)).toBe(true)
    expect(Object.isFrozen(definition.endpoints)).toBe(false)
  })

  test.each([
    basic(),
    clientCredentials(oauth),
    refreshToken({ ...oauth, rotation: 'rotating', refresh: { graceWindowMs: 0 } }),
    clientCredentials({ ...oauth, scope: 'a b' }),
    refreshToken({ ...oauth, clientAuthentication: 'client_secret_post' }),
  ])('takes every kind: $kind', (auth) => {
    expect(defineConnector({ ...good, auth }).auth).toEqual(auth)
  })

  test('what is undefined is absent', () => {
    const definition = { ...good, verify: undefined, origins: undefined }
    const connector = defineConnector(definition as unknown as Omit<typeof good, 'verify'>)
    expect(Object.keys(connector)).not.toContain('verify')
  })

  test('keeps secret references what they are', () => {
    const { auth } = defineConnector({ ...good, auth: clientCredentials(oauth) })
    expect(auth.kind === 'client-credentials' && auth.clientSecret).toBe(oauth.clientSecret)
  })

  test.each(['http://localhost:4801', 'http://{account}.localhost:4801', 'http://a.b.localhost'])(
    'takes %s for this machine',
    (baseUrl) => {
      expect(defineConnector({ ...good, baseUrl }).baseUrl).toBe(baseUrl)
    },
  )

  test.each(['http://localhost.example', 'http://{account}localhost', 'http://.localhost'])(
    'does not take %s for this machine, and says so once',
    (baseUrl) => {
      const { problems } = problemsOf({ baseUrl })
      expect(problems.filter(({ path }) => path === 'baseUrl')).toHaveLength(1)
    },
  )

  test.each(['segment', 'host', 'origin'])('a %s below localhost could leave it', (form) => {
    const hosts = form === 'segment' ? {} : { hosts: ['api.shop.example'] }
    const variables = { place: { from: 'credential', form, ...hosts } }
    const { problems } = problemsOf({ baseUrl: 'http://{place}.localhost', variables })
    const told = problems.filter(({ path }) => path === 'baseUrl').map(({ message }) => message)
    expect(told.join()).toContain('one whole label')
  })

  const wrong: readonly (readonly [string, object, string, RegExp])[] = [
    ['id', { id: 'My Shop' }, 'id', /lower-case letters/],
    ['http', { baseUrl: 'http://api.shop.example' }, 'baseUrl', /https; http goes to loopback/],
    ['user info', { baseUrl: 'https://u:p@api.shop.example' }, 'baseUrl', /user name or password/],
    ['query', { baseUrl: 'https://api.shop.example/?key=1' }, 'baseUrl', /must not have a query/],
    ['auth', { auth: { kind: 'telepathy' } }, 'auth.kind', /apiKey\(\), .*basic\(\)/],
    ['no auth', { auth: undefined }, 'auth', /apiKey\(\), basic\(\)|missing/],
    [
      'header name',
      { auth: apiKey({ in: 'header', name: 'X Api' }) },
      'auth.name',
      /name of a header/,
    ],
    ['verify', { verify: 'nothing' }, 'verify', /name of one of the endpoints/],
    ['verify by POST', { verify: 'orders.create' }, 'verify', /read by GET/],
    ['origin', { origins: ['https://a.example/path'] }, 'origins[0]', /must be an origin/],
    ['unknown key', { baseURL: 'x' }, 'baseURL', /not known/],
    ['path', { endpoints: { a: get('orders') } }, 'endpoints.a.path', /begin with one \//],
    ['dots', { endpoints: { a: get('/x/../y') } }, 'endpoints.a.path', /must not have \. or \.\./],
    [
      'endpoint option',
      { endpoints: { 'a.b': { ...get('/a'), itmes: 'x' } } },
      'endpoints["a.b"].itmes',
      /not known/,
    ],
    [
      'schema',
      { endpoints: { a: { ...get('/a'), query: {} } } },
      'endpoints.a.query',
      /zod schema/,
    ],
    ['lease age', { maxLeaseAgeMs: 3_600_000 }, 'maxLeaseAgeMs', /at most 600000/],
    [
      'token URL',
      { auth: clientCredentials({ ...oauth, tokenUrl: 'https://x.example/t#f' }) },
      'auth.tokenUrl',
      /fragment/,
    ],
    [
      'parameter',
      { auth: clientCredentials({ ...oauth, parameters: { client_secret: 'x' } }) },
      'auth.parameters.client_secret',
      /set by the kind itself/,
    ],
  ]
  test.each(wrong)('says what is wrong and where: %s', (_name, changes, path, message) => {
    const error = problemsOf({ verify: undefined, ...changes })
    const problem = error.problems.find((one) => one.path === path)
    expect(problem?.message, error.message).toMatch(message)
    expect(error.message).toContain(path)
    expect(error.message).toContain(`right: ${problem?.example ?? '?'}`)
    expect(error).toBeInstanceOf(TypeError)
    expect(error.message).toMatch(/^(The connector 'shop'|A connector) is not valid:/)
  })

  test('lists everything that is wrong at once', () => {
    const { problems } = problemsOf({ id: 7, baseUrl: 'ftp://x', verify: 'nothing' }, 'auth')
    expect(problems.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['id', 'baseUrl', 'auth']),
    )
  })

  test('refuses a plain string where a secret belongs, by type and at run time, without repeating it', () => {
    const auth = clientCredentials({
      ...oauth,
      // @ts-expect-error a secret is given by its name
      clientSecret: 'canary-plain-secret',
    })
    const error = problemsOf({ auth })
    expect(error.problems).toHaveLength(1)
    expect(error.problems[0]).toMatchObject({ path: 'auth.clientSecret' })
    expect(error.message).toContain(`secret('env:NAME')`)
    expect(error.message).not.toContain('canary')
    const forged = { ...oauth, clientSecret: { secret: 'canary-forged' } }
    expect(problemsOf({ auth: clientCredentials(forged) }).message).not.toContain('canary')
  })

  test('never repeats what stands in a wrong place', () => {
    const canary = 'canary-9f1c'
    for (const changes of [
      { id: `Canary ${canary}` },
      { baseUrl: `https://user:${canary}@x.example` },
      { verify: canary },
      { origins: [canary] },
      { auth: { kind: 'api-key', in: canary, name: `a ${canary}` } },
      { auth: { kind: canary } },
      { expired: { status: [canary] } },
    ])
      expect(problemsOf(changes).message).not.toContain(canary)
  })
})

describe('headers of a connector', () => {
  const withHeaders = (headers: Record<string, string>) => () =>
    defineConnector({
      id: 'shop',
      baseUrl: 'https://api.shop.example',
      auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
      variables: { tenantId: { from: 'credential', form: 'segment' } },
      headers,
      endpoints: { 'orders.list': get('/orders') },
    })

  test('may hold the account and variables, and choose what is accepted', () => {
    expect(
      withHeaders({ 'X-Tenant': '{tenantId}/{account}', Accept: 'application/vnd.shop+json' }),
    ).not.toThrow()
  })

  test.each([
    ['the place of the credential', { 'x-api-key': 'mine' }],
    ['an unknown placeholder', { 'X-Tenant': '{tenant}' }],
    ['a header that belongs to the body', { 'Content-Type': 'text/plain' }],
    ['a header that HTTP needs', { Host: 'evil.example' }],
    ['a line break', { 'X-Tenant': 'a\r\nx-evil: 1' }],
  ])('do not hold %s', (_what, headers) => {
    expect(withHeaders(headers as Record<string, string>)).toThrow(/headers/)
  })
})
