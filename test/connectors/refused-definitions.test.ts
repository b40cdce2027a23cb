import { describe, expect, test } from 'vitest'
import {
  apiKey,
  authorizationCode,
  clientCredentials,
  custom,
  defineConnector,
  get,
  headers,
  hmac,
  jwt,
  jwtBearer,
  loginFlow,
  refreshToken,
  secret,
} from '../../src/connectors/index.js'
import { hostProblem } from '../../src/definition/host-rule.js'
import { blockProblem } from '../../src/definition/network-blocks.js'
import { isSecretName } from '../../src/definition/plain-secret.js'
import { problemsOf } from './problems-of.js'

const CANARY = 'canary-4711'
const key = apiKey({ in: 'header', name: 'X-Api-Key' })
const tokens = {
  tokenUrl: 'https://login.shop.example/token',
  clientId: 'app',
  clientSecret: secret('env:X'),
}
const code = { ...tokens, authorizationUrl: 'https://login.shop.example/auth' }

/** The paths at which a definition is refused; the value itself is in no message. */
function refusedAt(definition: object): string[] {
  const error = problemsOf({ auth: key, ...definition })
  expect(error.message).not.toContain(CANARY)
  return error.problems.map(({ path }) => path)
}

function accepted(definition: object): void {
  const base = {
    id: 'shop',
    baseUrl: 'https://shop.example',
    auth: key,
    endpoints: { me: get('/me') },
  }
  expect(() => defineConnector({ ...base, ...definition })).not.toThrow()
}

describe('whose host it is', () => {
  test.each([
    ...['co.uk', 'com.au', 'kawasaki.jp', 'xn--55qx5d.cn', 'CO.UK', 'co.uk:8443', 'com.br'],
  ])('nobody but the connection chooses before a suffix of a registry: %s', (suffix) => {
    const url = `https://{account}.${suffix}`
    expect(refusedAt({ baseUrl: url })).toContain('baseUrl')
    expect(refusedAt({ origins: [url] })).toContain('origins[0]')
    for (const name of ['tokenUrl', 'revocationUrl', 'introspectionUrl', 'issuer'])
      expect(refusedAt({ auth: clientCredentials({ ...tokens, [name]: url }) })).toContain(
        `auth.${name}`,
      )
  })

  test.each(['myshopify.com', 'herokuapp.com', 'github.io', 'eu.login.shop.example'])(
    'a connection brings the label before %s, which the developer wrote',
    (suffix) => {
      const variables = { shop: { from: 'credential', form: 'label' } }
      accepted({ baseUrl: `https://{account}.${suffix}/v1` })
      accepted({ baseUrl: `https://{shop}.${suffix}/v1`, variables })
      accepted({
        auth: clientCredentials({ ...tokens, tokenUrl: `https://{account}.${suffix}/t` }),
      })
    },
  )

  test('an answer chooses no customer of a provider', () => {
    const variables = { shop: { from: 'answer', form: 'label' } }
    const at = (baseUrl: string): object => ({
      auth: clientCredentials(tokens),
      baseUrl,
      variables,
    })
    expect(refusedAt(at('https://{shop}.herokuapp.com'))).toEqual(['baseUrl'])
    expect(refusedAt(at('https://{account}.{shop}.herokuapp.com'))).toEqual(['baseUrl'])
    accepted(at('https://{shop}.{account}.herokuapp.com'))
    accepted(at('https://{shop}.shop.example'))
  })

  test.each([
    ...['*.co.uk', '*.CO.UK', '*.herokuapp.com', '*.github.io', '*.myshopify.com', '*.com.au'],
    ...['*.xn--55qx5d.cn', '*.kawasaki.jp', '*.s3.amazonaws.com', '*.vercel.app', '*.pages.dev'],
    ...['169.254.169.254', '10.0.0.1', '8.8.8.8', '127.1', '0x7f.1', '2130706433', '169.254.43518'],
    ...[
      '0251.0376.0251.0376',
      '0xa9.0xfe.0xa9.0xfe',
      '*.169.254',
      '[fd00:ec2::254]',
      'fd00:ec2::254',
    ],
    ...['*.com', '*', 'com', '*.*.example.com', 'a..example.com', '-a.example.com', ''],
  ])('the list of hosts does not take %j', (host) => {
    const variable = (from: string, form: string): object => ({
      auth: clientCredentials(tokens),
      variables: { place: { from, form, hosts: [host] } },
    })
    for (const from of ['answer', 'credential'])
      for (const form of ['host', 'origin'])
        expect(refusedAt(variable(from, form))).toEqual(['variables.place.hosts[0]'])
    expect(refusedAt({ auth: login({}, { hosts: [host] }) })).toContain('auth.hosts[0]')
  })

  test.each([
    '*.my.salesforce.com',
    'login.example.com',
    'x.herokuapp.com',
    '*.shop.example',
    '127.0.0.1',
  ])('the list of hosts takes %s', (host) => {
    expect(hostProblem(host)).toBeUndefined()
  })
})

describe('a secret as plain text', () => {
  const secretNames = [
    ...['client_secret', 'client%5Fsecret', 'clientSecret', 'api_key', 'apikey', 'API-Key', 'key'],
    ...[
      'access_token',
      'token',
      'password',
      'passwd',
      'secret',
      'sig',
      'X-Amz-Signature',
      'app_secret',
    ],
  ]
  test.each(secretNames)('is refused in the query of every URL: %s', (name) => {
    const query = `?tenant=1&${name}=${CANARY}`
    for (const part of ['tokenUrl', 'revocationUrl', 'introspectionUrl'])
      expect(
        refusedAt({
          auth: clientCredentials({ ...tokens, [part]: `https://l.shop.example/t${query}` }),
        }),
      ).toContain(`auth.${part}`)
    expect(
      refusedAt({
        auth: authorizationCode({ ...code, authorizationUrl: `${code.authorizationUrl}${query}` }),
      }),
    ).toContain('auth.authorizationUrl')
    expect(
      refusedAt({ auth: authorizationCode({ ...code, refreshUrl: `${code.tokenUrl}${query}` }) }),
    ).toContain('auth.refreshUrl')
    expect(refusedAt({ auth: login({ url: `/login${query}` }) })).toContain('auth.steps[0].url')
  })

  test.each([
    `?a=1;client_secret=${CANARY}`,
    `#client_secret=${CANARY}`,
    `?token=${CANARY}%20{account}`,
  ])('is refused however it is written: %s', (rest) => {
    const auth = clientCredentials({ ...tokens, tokenUrl: `https://l.shop.example/t${rest}` })
    expect(refusedAt({ auth })).toContain('auth.tokenUrl')
  })

  test.each([`app:${CANARY}@`, `${CANARY}@`, `:${CANARY}@`])(
    'is refused as user info: %s',
    (user) => {
      const url = `https://${user}shop.example`
      expect(refusedAt({ baseUrl: url })).toContain('baseUrl')
      expect(refusedAt({ auth: clientCredentials({ ...tokens, tokenUrl: url }) })).toContain(
        'auth.tokenUrl',
      )
    },
  )

  test.each([
    ...[
      'Authorization',
      'X-Api-Key',
      'x-apikey',
      'Cookie',
      'client_secret',
      'X-Auth-Token',
      'Password',
    ],
    ...['Proxy-Authorization', 'X-Shopify-Access-Token', 'Ocp-Apim-Subscription-Key', 'X-Auth'],
  ])('is refused in headers of every kind: %s', (name) => {
    const given = { [name]: CANARY }
    const path = /^[A-Za-z_]\w*$/.test(name) ? `.${name}` : `["${name}"]`
    expect(refusedAt({ auth: clientCredentials(tokens), headers: given })).toContain(
      `headers${path}`,
    )
    const request = { headers: given }
    expect(refusedAt({ auth: clientCredentials({ ...tokens, request }) })).toContain(
      `auth.request.headers${path}`,
    )
    expect(
      refusedAt({ auth: refreshToken({ ...tokens, rotation: 'rotating', request }) }),
    ).toContain(`auth.request.headers${path}`)
    expect(refusedAt({ auth: login({ headers: given }) })).toContain(`auth.steps[0].headers${path}`)
    const fields = { token: 'secret' } as const
    expect(
      refusedAt({ auth: headers({ headers: { ...given, 'X-T': '{token}' }, fields }) }),
    ).toContain(`auth.headers${path}`)
    expect(refusedAt({ auth: signed({ headers: { ...given, 'X-S': '{signature}' } }) })).toContain(
      `auth.headers${path}`,
    )
  })

  test.each([
    ...[
      'api_key',
      'apiKey',
      'password',
      'secret',
      'app_secret',
      'token',
      'subject_token',
      'key',
      'sig',
    ],
    ...['clientSecret', 'private_key', 'user_password', 'refreshToken', 'client-secret'],
  ])('is refused among parameters, fields and claims: %s', (name) => {
    const given = { [name]: CANARY }
    const path = /^[A-Za-z_]\w*$/.test(name) ? `.${name}` : `["${name}"]`
    const all = [
      ['auth.parameters', clientCredentials({ ...tokens, parameters: given })],
      ['auth.parameters', authorizationCode({ ...code, parameters: given })],
      ['auth.refreshParameters', authorizationCode({ ...code, refreshParameters: given })],
      [
        'auth.authorizationParameters',
        authorizationCode({ ...code, authorizationParameters: given }),
      ],
      ['auth.options', custom('mine', { fields: ['k'], options: given })],
      ['auth.query', signed({ headers: { 'X-S': '{signature}' }, query: given })],
      [
        'auth.assertion.claims',
        jwtBearer({ ...tokens, assertion: { alg: 'RS256', claims: given } }),
      ],
      ['auth.claims', jwt({ ...signedJwt, claims: given })],
      ['auth.steps[0].query', login({ query: given })],
      ['auth.steps[0].body.form', login({ body: { form: given } })],
    ] as const
    for (const [where, auth] of all) expect(refusedAt({ auth })).toContain(`${where}${path}`)
  })

  const TEXT = { contentType: 'text/plain' }
  test.each([
    ['body.json.user.password', { body: { json: { user: { password: CANARY } } } }],
    ['body.json.list[0].apiKey', { body: { json: { list: [{ apiKey: CANARY }] } } }],
    ['body.json.pin', { body: { json: { pin: 4711 } } }],
    ['body.xml', { body: { xml: `<l><s:password type="x">${CANARY}</s:password></l>` } }],
    ['body.xml', { body: { xml: `<login user="{user}" password='${CANARY}'/>` } }],
    ['body.text', { body: { text: `user={user}&password=${CANARY}`, ...TEXT } }],
    ['body.text', { body: { text: `user={user}\npassword=${CANARY}`, ...TEXT } }],
    ['body.text', { body: { text: `{{"client_secret": "${CANARY}"}}`, ...TEXT } }],
    ['body.form.password', { body: { form: { password: `{{${CANARY}}}` } } }],
    ['basic.password', { basic: { username: '{user}', password: CANARY } }],
  ])('is refused in a login: %s', (path, request) => {
    expect(refusedAt({ auth: login(request) })).toContain(`auth.steps[0].${path}`)
  })

  test('comes by a reference, a field, a variable; and switches are none', () => {
    accepted({ auth: login({ body: { form: { client_secret: '{appSecret}' } } }) })
    accepted({
      auth: login({ headers: { Authorization: 'Bearer {password}', 'X-CSRF-Token': 'Fetch' } }),
    })
    accepted({ auth: login({ basic: { username: '{password}', password: 'X' } }) })
    accepted({ auth: login({ body: { json: { key: 'region', remember_token: true } } }) })
    accepted({ headers: { 'X-Atlassian-Token': 'no-check', 'X-Api-Version': '2026-10' } })
    accepted({
      variables: { tenantKey: { from: 'credential', form: 'segment' } },
      headers: { 'X-Tenant-Key': '{tenantKey}' },
    })
    accepted({ auth: clientCredentials({ ...tokens, parameters: { account_key: '{account}' } }) })
    accepted({
      auth: authorizationCode({
        ...code,
        authorizationUrl: `${code.authorizationUrl}?tenant=1&token={account}`,
        parameters: { expiring: '1', expires_in: '3600', audience: 'https://api.shop.example' },
        authorizationParameters: { access_type: 'offline', prompt: 'consent', nonce_token: 'true' },
      }),
    })
  })

  test('names of other things are none', () => {
    for (const name of ['Idempotency-Key', 'page_token', 'token_type', 'X-CSRF-Token', 'keyword'])
      expect(isSecretName(name), name).toBe(false)
    for (const name of ['monkey', 'auth', 'grant_type', 'audience', 'X-Key-Inflection', ''])
      expect(isSecretName(name), name).toBe(false)
  })
})

describe('a password grant', () => {
  const text = (body: string): object => ({ body: { text: body, contentType: 'text/plain' } })
  test.each([
    [text('grant_type=password&username={user}&password={password}')],
    [text('username={user}&password={password}&grant%5Ftype=PASSWORD')],
    [text('{{"grant_type": "password", "password": "{password}"}}')],
    [{ url: '/token?grant_type=password', body: { form: { p: '{password}' } } }],
    [{ query: { grant_type: 'password', p: '{password}' } }],
    [{ body: { json: { request: { grantType: 'password', p: '{password}' } } } }],
    [{ body: { xml: '<t><grant_type>password</grant_type><p>{password}</p></t>' } }],
  ])('is named as what it is: %j', (request) => {
    expect(refusedAt({ auth: login(request) })).toContain('auth.steps[0].body')
    accepted({ auth: login(request, { legacy: 'password-grant' }) })
  })

  test('is no type of another grant, and its password is no plain text', () => {
    const auth = clientCredentials({ ...tokens, grantType: 'password' })
    expect(refusedAt({ auth })).toContain('auth.grantType')
    const whole = text(`grant_type=password&username=u&password=${CANARY}`)
    expect(refusedAt({ auth: login(whole, { legacy: 'password-grant' }) })).toContain(
      'auth.steps[0].body.text',
    )
  })
})

describe('blocks of a network', () => {
  test.each([
    ...[
      '0.0.0.0/0',
      '::/0',
      '0.0.0.0/1',
      '128.0.0.0/1',
      '10.0.0.0/7',
      '172.16.0.0/11',
      '8.0.0.0/8',
    ],
    ...['192.168.0.0/15', '169.254.0.0/16', '169.254.169.0/24', '169.254.169.254/32', '::/1'],
    ...['fd00::/8', 'fc00::/7', 'fd00:ec2::/32', 'fd00:ec2::254/128', 'f000::/4', '2000::/3'],
    ...[
      '::ffff:0:0/96',
      '::ffff:169.254.169.254/128',
      '64:ff9b::/96',
      '1.2.3.4/32',
      '10.0.0.1',
      'x',
    ],
  ])('%s is refused', (block) => {
    const network = { privateAddresses: ['10.20.0.0/16', block] }
    expect(refusedAt({ network })).toEqual(['network.privateAddresses[1]'])
  })

  test.each([
    ...['10.0.0.0/8', '10.20.0.0/16', '172.16.0.0/12', '192.168.1.0/24', '10.1.2.3/32'],
    ...['100.64.0.0/10', '169.254.7.0/24', 'fd12:3456:789a::/48', 'fd12::/16', '127.0.0.1/32'],
  ])('%s is taken', (block) => {
    expect(blockProblem(block)).toBeUndefined()
  })

  test('are listed under privateAddresses', () => {
    expect(refusedAt({ network: ['0.0.0.0/0'] })).toEqual(['network'])
  })
})

describe('an authorization URL', () => {
  test.each([
    ...['state', 'STATE', 'code_challenge', 'code_challenge_method', 'redirect_uri', 'client_id'],
    ...['scope', 'response_type', 'request', 'request_uri', 'client%5Fid'],
  ])('does not hold %s, which the kind sets', (name) => {
    const authorizationUrl = `${code.authorizationUrl}?tenant=1&${name}=x`
    expect(refusedAt({ auth: authorizationCode({ ...code, authorizationUrl }) })).toContain(
      'auth.authorizationUrl',
    )
  })

  test('does not hold what a parameter is renamed to, and no two have one name', () => {
    const authorizationNames = { client_id: 'app_id' }
    const authorizationUrl = `${code.authorizationUrl}?app_id=x`
    expect(
      refusedAt({ auth: authorizationCode({ ...code, authorizationUrl, authorizationNames }) }),
    ).toEqual(['auth.authorizationUrl'])
    for (const names of [{ client_id: 'state' }, { client_id: 'a', scope: 'a' }])
      expect(
        refusedAt({ auth: authorizationCode({ ...code, authorizationNames: names }) }),
      ).toEqual(['auth.authorizationNames'])
  })
})

/** A login whose first step has something of its own. */
function login(step: object, rest: object = {}): ReturnType<typeof loginFlow> {
  return loginFlow({
    credential: ['user', 'password'],
    secrets: { appSecret: secret('env:APP') },
    steps: [
      { name: 'first', method: 'POST', url: '/first', ...step },
      {
        name: 'login',
        method: 'POST',
        url: '/login',
        body: { json: { user: '{user}', password: '{password}', app: '{appSecret}' } },
        take: { token: { json: 'token' } },
      },
    ],
    token: { headers: { Authorization: 'Bearer {token}' } },
    ...rest,
  })
}

function signed(rest: object): ReturnType<typeof hmac> {
  const base = { algorithm: 'hmac-sha256', text: '{method}{target}', encoding: 'hex' }
  return hmac({ ...base, ...rest } as Parameters<typeof hmac>[0])
}

const signedJwt = {
  algorithm: 'HS256',
  keyFormat: 'text',
  lifetimeMs: 60_000,
  location: { in: 'header', name: 'Authorization', prefix: 'Bearer ' },
} as const
