import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { AuthKind } from '../../src/auth/kind/auth-kind.js'
import { apiKeyKind } from '../../src/auth/api-key.js'
import { basicKind } from '../../src/auth/basic.js'
import { apiKey, basic, custom } from '../../src/connectors/index.js'
import type { ApiKeyAuth } from '../../src/connectors/index.js'
import { type CustomRequestAuth, type CustomTokenAuth, defineCustomAuth } from '../../src/index.js'
import { Secret } from '../../src/sealing/secret.js'
import { type AuthKindCheck, authKindChecks } from '../../src/testing/index.js'

const KNOWN = 'the fields of a good credential are known and accepted'
const EMPTY = 'an empty credential is refused by words that repeat no value'
const AS_TEXT = 'a credential given as one text becomes fields of the kind'
const GOT = 'a token is got, with dates that fit'
const PUT_ON = 'the credential goes onto a copy of the request, to the same origin and path'
const NAMED = 'carriers name the headers and parameters that it sets'
const UNSENT = 'an empty token is not sent'
const UNBROKEN = 'no value of a token can break a header or lead elsewhere'
const HIDDEN = 'nothing that is got can be printed'

async function failing(checks: readonly AuthKindCheck[]): Promise<string[]> {
  const results = await Promise.allSettled(checks.map(({ run }) => run()))
  return checks.map(({ name }) => name).filter((_name, at) => results[at]?.status === 'rejected')
}

const auth = apiKey({ in: 'header', name: 'X-Key' })
const example = { auth, fields: { apiKey: 'canary-key' } }

describe('authKindChecks of a kind', () => {
  for (const { name, run } of authKindChecks(apiKeyKind, example)) it(`api-key: ${name}`, run)
  const basicExample = { auth: basic(), fields: { username: 'anna', password: 'canary' } }
  for (const { name, run } of authKindChecks(basicKind, basicExample)) it(`basic: ${name}`, run)

  const dates = { sentAtMs: 1, answeredAtMs: 1 }
  it.each<[string, Partial<AuthKind<ApiKeyAuth>>, string[]]>([
    ['knows no field', { fields: () => [] }, [KNOWN, AS_TEXT]],
    ['accepts everything', { checkFields: () => undefined }, [EMPTY]],
    ['repeats the value', { checkFields: () => 'canary-key is wrong' }, [KNOWN, EMPTY]],
    ['makes odd fields', { fieldsOfText: (text) => ({ odd: text }) }, [AS_TEXT]],
    [
      'answers before it asks',
      {
        mint: ({ fields }) =>
          Promise.resolve({ ...dates, outcome: 'granted', token: fields, sentAtMs: 2 }),
      },
      [GOT],
    ],
    [
      'gets nothing',
      { mint: () => Promise.resolve({ ...dates, outcome: 'granted', token: {} }) },
      [GOT, PUT_ON, NAMED],
    ],
    ['forgets the credential', { authorize: (request) => request }, [PUT_ON, UNSENT]],
    [
      'changes the request itself',
      { authorize: (request) => Object.assign(request, { headers: { 'x-key': 'k' } }) },
      [PUT_ON, UNSENT],
    ],
    [
      'leads to another origin',
      { authorize: (request) => ({ ...request, url: new URL('https://evil.example/') }) },
      [PUT_ON, UNSENT, UNBROKEN],
    ],
    ['names no carrier', { carriers: () => ({}) }, [NAMED]],
    [
      'writes what it gets into a header',
      {
        authorize: (request, token) => ({
          ...request,
          headers: { ...request.headers, 'x-key': token['apiKey']?.reveal() ?? '' },
        }),
      },
      [UNSENT, UNBROKEN],
    ],
    [
      'repeats a hostile value in its refusal',
      {
        authorize: (request, token, definition, signing) => {
          if (/[\r\0\u2603]/.test(token['apiKey']?.reveal() ?? ''))
            throw new Error(`not ${token['apiKey']?.reveal() ?? ''}`)
          return apiKeyKind.authorize(request, token, definition, signing)
        },
      },
      [UNBROKEN],
    ],
    [
      'prints what it got',
      {
        mint: ({ fields }) =>
          Promise.resolve({
            ...dates,
            outcome: 'granted',
            token: fields,
            scope: fields['apiKey']?.reveal() ?? '',
          }),
      },
      [HIDDEN],
    ],
  ])('finds a kind that %s', async (_name, broken, rules) => {
    expect(await failing(authKindChecks({ ...apiKeyKind, ...broken }, example))).toEqual(rules)
  })
})

describe('authKindChecks of custom functions', () => {
  const fields = { keyId: 'canary-id', key: 'canary-key' }
  const carriers = { headers: ['x-signed'] }
  const signature: CustomRequestAuth = {
    carriers,
    authorize: ({ request, secrets }) => {
      const hmac = createHmac('sha256', secrets['key']?.reveal() ?? '')
      const signed = hmac.update(request.url.href).digest('hex')
      const headers = {
        ...request.headers,
        'x-signed': `${secrets['keyId']?.reveal() ?? ''} ${signed}`,
      }
      return { ...request, headers }
    },
  }
  const login: CustomTokenAuth = {
    mint: () => Promise.resolve({ token: { accessToken: 'canary-token' }, lifetimeMs: 1000 }),
  }
  const of = (functions: CustomRequestAuth | CustomTokenAuth) =>
    authKindChecks(defineCustomAuth(functions), {
      auth: custom('mine', { fields: ['keyId', 'key'] }),
      fields,
    })

  for (const { name, run } of of(signature)) it(`request in, request out: ${name}`, run)
  for (const { name, run } of of(login)) it(`returns a token: ${name}`, run)

  it.each<[string, CustomRequestAuth | CustomTokenAuth, string[]]>([
    ['refuse a good credential', { ...signature, checkFields: () => 'no' }, [KNOWN]],
    [
      'get no token',
      { mint: () => Promise.reject(new Error()) },
      [GOT, PUT_ON, NAMED, UNSENT, UNBROKEN, HIDDEN],
    ],
    ['forget the credential', { authorize: ({ request }) => request }, [PUT_ON]],
    [
      'lead to another path',
      {
        ...signature,
        authorize: ({ request }) => ({ ...request, url: new URL('/x', request.url) }),
      },
      [PUT_ON],
    ],
    [
      'lead to another origin',
      { authorize: ({ request }) => ({ ...request, url: new URL('https://evil.example/') }) },
      [PUT_ON, NAMED],
    ],
    ['name no carrier', { authorize: signature.authorize }, [NAMED]],
    [
      'print what they got',
      {
        mint: ({ secrets }) =>
          Promise.resolve({
            token: { accessToken: new Secret('canary-token') },
            lifetimeMs: 1000,
            scope: secrets['key']?.reveal() ?? '',
          }),
      },
      [HIDDEN],
    ],
  ])('finds functions that %s', async (_name, broken, rules) => {
    expect(await failing(of(broken))).toEqual(rules)
  })
})
