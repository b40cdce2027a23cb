import { expect, test } from 'vitest'
import { withoutCredential } from '../../../activities/connection/credential-guard.js'
import { apiKey, type AuthDefinition, basic, headers } from '../../../src/connectors/index.js'
import { Secret } from '../../../src/sealing/secret.js'

const joined = headers({
  headers: { 'X-Auth': '{user}:{token}' },
  query: { on_behalf: '{user}' },
  fields: { user: 'plain', token: 'secret' },
})

test.each<[string, AuthDefinition, Record<string, string>, string, string]>([
  [
    'a key in the query',
    apiKey({ in: 'query', name: 'key' }),
    { apiKey: 'short' },
    'page=2&key=short&q=a%20b',
    'page=2&q=a%20b',
  ],
  [
    'a key that the upstream repeats under a name of its own',
    apiKey({ in: 'body', name: 'key' }),
    { apiKey: 'canary-key' },
    'page=2&token=canary-key',
    'page=2',
  ],
  [
    'the parameters of headers(), and its secrets wherever they stand',
    joined,
    { user: 'customer-1', token: 'canary-token' },
    'on_behalf=customer-1&customer=customer-1&t=x-canary-token&page=2',
    'customer=customer-1&page=2',
  ],
  [
    'a user name is no secret, a password is',
    basic(),
    { username: 'customer-1', password: 'canary-password' },
    'by=customer-1&p=canary-password',
    'by=customer-1',
  ],
])('a link keeps all but what authenticates: %s', (_name, auth, clear, before, after) => {
  const token = Object.fromEntries(
    Object.entries(clear).map(([name, text]) => [name, new Secret(text)]),
  )
  const url = new URL(`https://api.example/orders?${before}`)
  expect(withoutCredential(url, auth, token).href).toBe(`https://api.example/orders?${after}`)
})
