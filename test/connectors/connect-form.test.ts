import { expect, test } from 'vitest'
import { createConnectForm } from '../../activities/token/connect-form.js'
import type { Keeper } from '../../activities/keeper/keeper.js'
import {
  apiKey,
  type AuthDefinition,
  authorizationCode,
  awsSigV4,
  basic,
  clientCredentials,
  type Connector,
  type ConnectRules,
  custom,
  defineConnector,
  get,
  headers,
  hmac,
  jwt,
  jwtBearer,
  loginFlow,
  none,
  oauth1,
  refreshToken,
  secret,
} from '../../src/connectors/index.js'
import type { ConnectForm } from '../../src/contract/connect-form.js'

const TOKEN_URL = 'https://login.example.com/token'
const OURS = { tokenUrl: TOKEN_URL, clientId: 'app', clientSecret: secret('env:APP_SECRET') }
const THEIRS = { tokenUrl: TOKEN_URL, clientId: 'app' }

function define(auth: AuthDefinition, more: { connect?: ConnectRules; variable?: true } = {}) {
  return defineConnector({
    id: 'shop',
    baseUrl: 'https://api.shop.example',
    auth,
    variables:
      more.variable === true ? { region: { from: 'credential', form: 'segment' } } : undefined,
    connect: more.connect,
    endpoints: { me: get('/me') },
  })
}

async function formOf(connector: Connector): Promise<ConnectForm> {
  const keeper = { connectors: new Map([['shop', connector]]) } as unknown as Keeper
  const result = await createConnectForm(keeper)({ connection: 'shop/acme' })
  if (result.outcome === 'refused') throw new Error(result.message)
  return result.form
}

/** `name` is needed, `name?` may be left out; `*` for a secret, `…` for several lines. */
function shown({ by, fields }: ConnectForm): string {
  const names = fields.map(
    ({ name, secret: hidden, optional, multiline }) =>
      `${name}${optional === true ? '?' : ''}${hidden === true ? '*' : ''}${multiline === true ? '…' : ''}`,
  )
  return [by, ...names].join(' ')
}

// What the definition has itself is not asked for.
test.each<readonly [string, AuthDefinition, string]>([
  ['none', none(), 'form'],
  ['api-key', apiKey({ in: 'header', name: 'X-Api-Key' }), 'form apiKey*'],
  [
    'api-key, two',
    apiKey({
      keys: { key: { in: 'header', name: 'X-Key' }, app: { in: 'header', name: 'X-App' } },
    }),
    'form key* app*',
  ],
  ['basic', basic(), 'form username password?*'],
  ['basic with a key', basic({ key: 'username' }), 'form apiKey*'],
  [
    'headers',
    headers({
      headers: { 'X-Auth': '{user}:{token}' },
      fields: { user: 'plain', token: 'secret' },
    }),
    'form user token*',
  ],
  [
    'hmac',
    hmac({
      algorithm: 'hmac-sha256',
      text: '{method}{target}{body}',
      encoding: 'hex',
      fields: ['keyId'],
      headers: { Authorization: 'HMAC {keyId}:{signature}' },
    }),
    'form keyId secret*',
  ],
  [
    'aws-sigv4',
    awsSigV4({ service: 's3', region: 'eu-central-1' }),
    'form accessKeyId secretAccessKey* sessionToken?*',
  ],
  [
    'oauth1',
    oauth1({
      signatureMethod: 'HMAC-SHA1',
      consumerKey: 'app',
      consumerSecret: secret('env:APP_SECRET'),
    }),
    'form token* tokenSecret*',
  ],
  [
    'jwt',
    jwt({ algorithm: 'ES256', header: { kid: '{keyId}' }, fields: ['keyId'], lifetimeMs: 600_000 }),
    'form keyId key*…',
  ],
  [
    'jwt-bearer',
    jwtBearer({
      tokenUrl: TOKEN_URL,
      assertion: { alg: 'RS256', scopeIn: 'assertion', withoutSubject: true },
    }),
    'form privateKey*… issuer? subject? keyId?',
  ],
  ['client-credentials, ours', clientCredentials(OURS), 'form'],
  ['client-credentials, theirs', clientCredentials(THEIRS), 'form clientSecret* clientId?'],
  ['refresh-token', refreshToken(OURS), 'form refreshToken*'],
  [
    'authorization-code',
    authorizationCode({ ...OURS, authorizationUrl: 'https://login.example.com/auth' }),
    'browser',
  ],
  [
    'login-flow',
    loginFlow({
      credential: ['user', 'password'],
      plain: ['user'],
      steps: [
        {
          name: 'login',
          method: 'POST',
          url: '/login',
          body: { json: { user: '{user}', password: '{password}' } },
          take: { sid: { json: 'session' } },
        },
      ],
      token: { headers: { 'X-Session': '{sid}' } },
    }),
    'form user password*',
  ],
  ['custom', custom('acme', { fields: ['keyId', 'key'] }), 'form keyId key*'],
])('the form of %s asks for what a person has to give', async (_name, auth, wanted) => {
  expect(shown(await formOf(define(auth)))).toBe(wanted)
})

test('values for URLs are asked for first, also before a consent', async () => {
  const auth = authorizationCode({
    ...OURS,
    authorizationUrl: 'https://login.example.com/{region}/auth',
  })
  expect(shown(await formOf(define(auth, { variable: true })))).toBe('browser region')
})

test('labels and help are those of the definition, else made of the names', async () => {
  const auth = apiKey({
    keys: { apiKey: { in: 'header', name: 'X-Key' }, appId: { in: 'header', name: 'X-App' } },
  })
  const help = { help: 'Under Settings.', link: { label: 'How', url: 'https://shop.example/help' } }
  const connect = { name: 'Shop', fields: { appId: { label: 'Application', ...help } } }
  const form = await formOf(define(auth, { connect }))
  expect(form).toMatchObject({ connection: 'shop/acme', name: 'Shop', kind: 'api-key' })
  expect(form.fields).toMatchObject([
    { name: 'apiKey', label: 'API key' },
    { name: 'appId', label: 'Application', ...help },
  ])
})

test.each<readonly [string, ConnectRules, RegExp]>([
  ['a field that the kind does not take', { fields: { password: {} } }, /there are apiKey/],
  [
    'a link that others can read or change',
    { link: { label: 'Help', url: 'http://shop.example/help' } },
    /https URL/,
  ],
  ['a link that runs', { link: { label: 'Help', url: 'javascript:alert(1)' } }, /https URL/],
  ['text that hides', { text: 'a\u202eb' }, /text for people/],
])('a definition with %s is refused', (_name, connect, message) => {
  expect(() => define(apiKey({ in: 'header', name: 'X-Api-Key' }), { connect })).toThrow(message)
})
