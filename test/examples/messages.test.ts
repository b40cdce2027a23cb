import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { UpstreamFailures } from '../../activities/connection/upstream-failures.js'
import { credentialFields } from '../../activities/token/prepare.js'
import type { AuthLike, OutgoingRequest } from '../../src/auth/kind/auth-kind.js'
import { authKindOf } from '../../src/auth/registry.js'
import {
  apiKey,
  type AuthDefinition,
  basic,
  clientCredentials,
  get,
  headers,
  none,
  put,
  refreshToken,
} from '../../src/connectors/index.js'
import { Secret } from '../../src/sealing/secret.js'
import { problemsOf } from '../connectors/problems-of.js'
import { readRepositoryFile } from './docs-page.js'

const twoKeys = apiKey({
  keys: {
    apiKey: { in: 'header', name: 'X-Api-Key' },
    applicationKey: { in: 'header', name: 'X-App' },
  },
})
const joined = (template: string) =>
  headers({ headers: { 'X-Auth': template }, fields: { user: 'plain', token: 'secret' } })
const client = { tokenUrl: 'https://login.tickets.example/oauth/token', clientId: 'app' }

describe('what the pages say of a credential that is not usable', () => {
  it.each<[page: string, AuthDefinition, given: string]>([
    ['api-key', apiKey({ in: 'header', name: 'X-Api-Key' }), 'k\n4711'],
    ['api-key', twoKeys, '{"apiKey":"k"}'],
    ['basic', basic(), '{"username":"a:b","password":"c"}'],
    ['basic', basic(), 'anna:a\u0001b'],
    ['basic', basic(), 'anna'],
    ['headers', joined('{user}:{token}'), '{"user":"anna"}'],
    ['headers', joined('{user}:{token}'), '{"user":"anna","token":"a\\u0000"}'],
    ['none', none(), '{"apiKey":"k"}'],
    ['client-credentials', clientCredentials(client), '{}'],
    ['refresh-token', refreshToken(client), '{}'],
  ])('%s %j: %j', async (page, auth, given) => {
    const read = credentialFields(new Secret(given), { auth })
    if (read.outcome === 'read') throw new Error('the credential was let through')
    expect(await readRepositoryFile(`docs/auth/${page}.md`)).toContain(
      `The credential for tickets/acme is not usable: ${read.problem}.`,
    )
  })
})

describe('what the pages say of a definition', () => {
  const auth = joined('{user}:{token}')
  it.each<[page: string, path: string, object]>([
    ['headers', 'auth.headers["X-Auth"]', { auth: joined('{user}:{token}:{other}') }],
    ['headers', 'auth.fields.token', { auth: joined('{user}') }],
    [
      'headers',
      'auth.headers["x-auth"]',
      { auth: { ...auth, headers: { ...auth.headers, 'x-auth': '{token}' } } },
    ],
    [
      'headers',
      'endpoints.a.idempotency.header',
      { auth, endpoints: { a: put('/a', { idempotency: { header: 'x-auth' } }) } },
    ],
    [
      'headers',
      'endpoints.a.query',
      {
        auth: headers({ query: { user: '{user}' }, fields: { user: 'plain' } }),
        endpoints: { a: get('/a', { query: z.object({ user: z.string() }) }) },
      },
    ],
  ])('%s: %s', async (page, path, definition) => {
    const { problems } = problemsOf(definition)
    const problem = problems.find((one) => one.path === path)
    expect(await readRepositoryFile(`docs/auth/${page}.md`)).toContain(
      `${path} ${problem?.message ?? '(nothing)'}`,
    )
  })
})

it('what the page of API keys says of a body that can not take the key', async () => {
  const auth = apiKey({ in: 'body', name: 'auth.api_key' })
  const request: OutgoingRequest = {
    method: 'POST',
    url: new URL('https://api.tickets.example/'),
    headers: { 'content-type': 'text/xml' },
    body: '<a/>',
  }
  const signing = {
    now: Date.now,
    randomBytes: (size: number) => new Uint8Array(size),
    resolve: () => Promise.reject(new Error('no reference here')),
  }
  const kind = authKindOf<AuthLike>(auth)
  const page = await readRepositoryFile('docs/auth/api-key.md')
  const authorize = async () => {
    await kind.authorize(request, { apiKey: new Secret('k') }, auth, signing)
  }
  await expect(authorize()).rejects.toSatisfy((error: Error) => page.includes(error.message))
})

it.each(['api-key', 'basic', 'headers', 'none'])(
  'what the page %s says of a call that is refused',
  async (page) => {
    const asked = { endpoint: 'tickets.list' }
    const { message } = new UpstreamFailures('tickets/acme', { generation: 1 }).refused(
      'CredentialRejected',
      asked,
      401,
      0,
    )
    expect(await readRepositoryFile(`docs/auth/${page}.md`)).toContain(message)
  },
)
