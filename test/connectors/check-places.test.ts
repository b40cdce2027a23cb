import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import {
  apiKey,
  basic,
  defineConnector,
  get,
  headers,
  none,
  oauth1,
  post,
  put,
  secret,
} from '../../src/connectors/index.js'
import { problemsOf } from './problems-of.js'

const base = { id: 'shop', baseUrl: 'https://shop.example' }
const header = { in: 'header', name: 'X-Key' } as const

describe('what auth puts onto a request has its place to itself', () => {
  const inBody = apiKey({ in: 'body', name: 'auth.key' })
  const upsert = (header: string) => put('/a', { idempotency: { header } })
  const cases: readonly (readonly [string, object, string, RegExp])[] = [
    [
      'an idempotency key in the header of the key',
      { auth: apiKey(header), endpoints: { a: upsert('x-key') } },
      'endpoints.a.idempotency.header',
      /is the header that auth puts the credential into/,
    ],
    [
      'an idempotency key in Authorization',
      { auth: basic(), endpoints: { a: upsert('Authorization') } },
      'endpoints.a.idempotency.header',
      /is the header that auth/,
    ],
    [
      'an idempotency key among the cookies',
      { auth: apiKey({ in: 'cookie', name: 'k' }), endpoints: { a: upsert('Cookie') } },
      'endpoints.a.idempotency.header',
      /is the header that auth/,
    ],
    [
      'an idempotency key in a header of every request',
      { auth: none(), endpoints: { a: upsert('Accept') } },
      'endpoints.a.idempotency.header',
      /every request has for itself/,
    ],
    [
      'a query parameter',
      {
        auth: headers({ query: { user: '{user}' }, fields: { user: 'plain' } }),
        endpoints: { a: get('/a', { query: z.object({ user: z.string().optional() }) }) },
      },
      'endpoints.a.query',
      /has the parameter 'user', which auth puts the credential into/,
    ],
    [
      'a query parameter of a signature',
      {
        auth: oauth1({
          in: 'query',
          signatureMethod: 'HMAC-SHA256',
          consumerKey: 'app',
          consumerSecret: secret('env:X'),
        }),
        endpoints: { a: get('/a', { query: z.object({ oauth_nonce: z.string() }) }) },
      },
      'endpoints.a.query',
      /has the parameter 'oauth_nonce'/,
    ],
    [
      'a field of a body',
      {
        auth: inBody,
        endpoints: {
          a: post('/a', { body: z.object({ auth: z.object({ key: z.string() }) }) }),
        },
      },
      'endpoints.a.body',
      /has the field 'auth.key'/,
    ],
    [
      'a body that is a list',
      { auth: inBody, endpoints: { a: post('/a', { batch: { size: 10 } }) } },
      'endpoints.a.batch',
      /makes the body a list/,
    ],
    [
      'a list where the key belongs',
      { auth: inBody, endpoints: { a: post('/a', { batch: { size: 10, items: 'auth' } }) } },
      'endpoints.a.batch.items',
      /where auth puts the credential/,
    ],
    [
      'a list below the key',
      { auth: inBody, endpoints: { a: post('/a', { batch: { size: 1, items: 'auth.key.x' } }) } },
      'endpoints.a.batch.items',
      /where auth puts the credential/,
    ],
    [
      'a GET without a body',
      { auth: inBody, endpoints: { a: get('/a') } },
      'endpoints.a.method',
      /is GET, which has no body/,
    ],
    [
      'verify by GET with a key in the body',
      { auth: inBody, endpoints: { a: put('/a') }, verify: 'a' },
      'verify',
      /read by POST/,
    ],
    [
      'verify by POST with a key in a header',
      { auth: apiKey(header), endpoints: { a: post('/a') }, verify: 'a' },
      'verify',
      /read by GET/,
    ],
    [
      'a variable with the name of a field',
      {
        auth: headers({ headers: { A: '{shop}' }, fields: { shop: 'plain' } }),
        baseUrl: 'https://{shop}.shop.example',
        variables: { shop: { from: 'credential', form: 'label' } },
      },
      'variables.shop',
      /also the name of a field of the credential/,
    ],
  ]
  test.each(cases)('%s', (_name, definition, path, message) => {
    const error = problemsOf(definition)
    const problem = error.problems.find((one) => one.path === path)
    expect(problem?.message, error.message).toMatch(message)
    expect(error.message).toContain(`right: ${problem?.example ?? '?'}`)
  })

  test('what does not meet is let through', () => {
    const endpoints = {
      a: post('/a', {
        body: z.object({ auth: z.object({ user: z.string() }), key: z.string() }),
        batch: { size: 10, items: 'authors' },
        idempotency: { header: 'Idempotency-Key' },
      }),
      b: post('/b', { batch: { size: 1 }, body: z.array(z.string()) }),
      verify: post('/me'),
    }
    expect(() =>
      defineConnector({ ...base, auth: inBody, endpoints, verify: 'verify' }),
    ).not.toThrow()
    const query = z.object({ page: z.number() })
    const read = { a: get('/a', { query }), b: put('/b', { idempotency: { header: 'X-Other' } }) }
    expect(() => defineConnector({ ...base, auth: apiKey(header), endpoints: read })).not.toThrow()
  })
})
