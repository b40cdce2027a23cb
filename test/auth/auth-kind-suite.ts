import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { request } from 'undici'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type {
  AuthLike,
  MintContext,
  MintGranted,
  OutgoingRequest,
  SecretFields,
  SigningContext,
} from '../../src/auth/kind/auth-kind.js'
import { isHeaderValue } from '../../src/auth/kind/header-value.js'
import { authKindOf } from '../../src/auth/registry.js'
import { createExchangeOnce } from '../../activities/network/exchange-once.js'
import { LOOPBACK } from '../fixtures/loopback-policy.js'
import { credentialFields } from '../../activities/token/prepare.js'
import { type AuthDefinition, defineConnector, get, post } from '../../src/connectors/index.js'
import { failureCode } from '../../src/contract/failure.js'
import { cookiesOf, headersChanged, parametersChanged } from './request-changes.js'
import { resolveDefinitionSecret } from '../../src/sealing/definition-secrets.js'
import { Secret } from '../../src/sealing/secret.js'

const SIGNING: SigningContext = {
  now: Date.now,
  randomBytes,
  resolve: resolveDefinitionSecret,
  variables: { account: 'acme' },
}
const STARTED_AT_MS = Date.now()
/** The same at every use, to compare what is made of two requests. */
const FROZEN: SigningContext = {
  ...SIGNING,
  now: () => STARTED_AT_MS,
  randomBytes: (size) => new Uint8Array(size).fill(7),
}

/** What a kind brings along to be tested: real parts, a credential that works, and what does not. */
export interface AuthKindCase {
  readonly auth: AuthDefinition
  /**
   * Of a real upstream that lets requests with this authentication through and answers others by 401;
   * for a kind that puts nothing on a request: lets through those that carry no credential.
   */
  readonly url: string
  /** What the upstream is asked, where that is not a bare GET: a credential in the body needs a body. */
  readonly request?: Pick<OutgoingRequest, 'method' | 'headers' | 'body'>
  /** The credential as one text. */
  readonly text: string
  /** The same as fields. */
  readonly fields: Readonly<Record<string, string>>
  /** Texts that {@link credentialFields} refuses. */
  readonly bad: readonly string[]
  /** Further texts that must not be printed anywhere. */
  readonly canaries: readonly string[]
  readonly stop: () => Promise<void>
}

/** The suite that every kind of authentication passes. Register a kind by one line. */
export function testAuthKind(name: AuthDefinition['kind'], setUp: () => Promise<AuthKindCase>) {
  describe(`auth kind ${name}`, () => {
    let it: AuthKindCase
    beforeAll(async () => {
      it = await setUp()
    })
    afterAll(() => it.stop())

    const contextOf = (fields: SecretFields): MintContext => ({
      auth: it.auth,
      account: 'acme',
      fields,
      resolve: resolveDefinitionSecret,
      exchangeOnce: createExchangeOnce({ network: LOOPBACK }),
      variables: { account: 'acme' },
      rules: {},
      now: Date.now,
      randomBytes,
    })
    const mint = async (fields = read(it.text, it.auth)) => {
      const outcome = await kindOf().mint(contextOf(fields))
      if (outcome.outcome === 'refused') throw new Error(outcome.message)
      return outcome
    }
    const bare = (): OutgoingRequest => ({
      method: 'GET',
      headers: {},
      ...it.request,
      url: new URL(it.url),
    })
    const authorize = async (token: SecretFields) =>
      await kindOf().authorize(bare(), token, it.auth, SIGNING)
    const kindOf = () => authKindOf<AuthLike>(it.auth)
    const carriersOf = () => kindOf().carriers?.(it.auth) ?? {}
    const carriesNothing = () => Object.values(carriersOf()).flat().length === 0

    test('its definition passes defineConnector and belongs to it in the registry', () => {
      const definition = { id: 'shop', baseUrl: 'https://shop.example', auth: it.auth }
      const a = carriersOf().body === undefined ? get('/a') : post('/a')
      const { auth } = defineConnector({ ...definition, endpoints: { a } })
      expect(auth).toEqual(it.auth)
      expect(Object.isFrozen(auth)).toBe(true)
      expect(authKindOf(auth).kind).toBe(name)
    })

    test('a credential as text and as fields is the same', () => {
      const fields = read(JSON.stringify(it.fields), it.auth)
      expect(reveal(read(it.text, it.auth))).toEqual(reveal(fields))
      expect(reveal(read(`${it.text}\n`, it.auth))).toEqual(it.fields)
    })

    test('a credential that is not usable is refused without repeating it', () => {
      const unknown = JSON.stringify({ ...it.fields, 'canary-name': 'canary-value' })
      const numbers = JSON.stringify({ [Object.keys(it.fields)[0] ?? '']: 7 })
      for (const text of ['', '\n', unknown, numbers, ...it.bad]) {
        const result = credentialFields(new Secret(text), { auth: it.auth })
        expect(result.outcome, text).toBe('unreadable')
        expect(JSON.stringify(result)).not.toMatch(/canary/)
      }
    })

    test('the upstream lets a request through that carries its token, and no other', async () => {
      expect(await statusOf(bare())).toBe(carriesNothing() ? 200 : 401)
      const { token } = await mint()
      expect(await statusOf(await authorize(token))).toBe(200)
    })

    test('the credential comes on last: what was there before is replaced, the rest is kept', async () => {
      const { token } = await mint()
      const plain = (): OutgoingRequest => ({
        method: 'POST',
        url: new URL(`${it.url}?page=2`),
        body: '{"page":2}',
        ...it.request,
        headers: {
          'content-type': 'application/json',
          ...it.request?.headers,
          accept: 'text/plain',
        },
      })
      const clean = await kindOf().authorize(plain(), token, it.auth, FROZEN)
      const own = (carriersOf().headers ?? []).map((header) => header.toUpperCase())
      const request = plain()
      for (const header of own) request.headers[header] = 'mine'
      for (const name of carriersOf().query ?? []) request.url.searchParams.append(name, 'mine')
      const copy = { ...request, url: new URL(request.url), headers: { ...request.headers } }
      const ready = await kindOf().authorize(request, token, it.auth, FROZEN)
      expect(ready).toEqual(clean)
      expect(ready.headers).toMatchObject({ accept: 'text/plain' })
      expect(ready.url.searchParams.get('page')).toBe('2')
      expect(request).toEqual(copy)
    })

    test('what it changes on a request, its carriers say', async () => {
      const { token } = await mint()
      const before = bare()
      const after = await authorize(token)
      const { headers = [], query = [], cookies = [], body = [] } = carriersOf()
      const carried = headers.map((header) => header.toLowerCase())
      if (cookies.length > 0) carried.push('cookie')
      if (body.length > 0) carried.push('content-length')
      const changedHeaders = headersChanged(before, after)
      const changedQuery = parametersChanged(before, after)
      expect(carried).toEqual(expect.arrayContaining(changedHeaders))
      expect(query).toEqual(expect.arrayContaining(changedQuery))
      for (const name of cookies) expect(cookiesOf(after)).toContain(`${name}=`)
      expect(after.body !== before.body).toBe(body.length > 0)
      expect(after.method).toBe(before.method)
      const changes = changedHeaders.length + changedQuery.length + body.length
      expect(changes > 0).toBe(!carriesNothing())
    })

    test.each(['a\r\nx-evil: 1', 'a\nb', 'a\0b', 'a\u2603b', 'a\u001bb'])(
      'no header can be broken by a token: %j',
      async (hostile) => {
        const { token } = await mint()
        const broken = Object.fromEntries(
          Object.keys(token).map((field) => [field, new Secret(`canary-${hostile}`)]),
        )
        let ready: OutgoingRequest
        try {
          ready = await authorize(broken)
        } catch (error) {
          expect(failureCode(error)).toBe('InvalidInput')
          expect(inspect(error, { depth: 9 })).not.toContain('canary')
          return
        }
        for (const value of Object.values(ready.headers)) expect(isHeaderValue(value)).toBe(true)
        expect(ready.url.host).toBe(new URL(it.url).host)
      },
    )

    test('an empty credential is never sent', async () => {
      if (carriesNothing()) return
      for (const token of [{}, Object.fromEntries(fieldsOfToken().map((f) => [f, new Secret('')]))])
        await expect(authorize(token)).rejects.toThrow(/lacks the field/)
    })

    test('what it tells of time fits, and a next token can be got', async () => {
      const kind = kindOf()
      const first = read(it.text, it.auth)
      const outcome = await mint(first)
      expect(outcome.sentAtMs).toBeLessThanOrEqual(outcome.answeredAtMs)
      expect(outcome.lifetimeMs !== undefined).toBe(kind.refreshes(it.auth))
      // A new grant beside one that is not used up (a session to keep alive): both are good.
      if (outcome.grant !== undefined && !kind.consumesGrant(it.auth)) await mint(first)
      const again = await mint(outcome.grant ?? first)
      expect(await statusOf(await authorize(again.token))).toBe(200)
    })

    test('nothing of it can be printed', async () => {
      const outcome = await mint()
      const secrets = [...Object.values(it.fields), ...it.canaries, ...secretsOf(outcome)]
      const shown = inspect([outcome, contextOf(outcome.token)], { depth: 9 })
      for (const secret of secrets.filter((text) => text !== '')) {
        expect(shown).not.toContain(secret)
        expect(JSON.stringify(outcome)).not.toContain(secret)
        expect(String(outcome.token[fieldsOfToken()[0] ?? ''])).not.toContain(secret)
      }
    })

    const fieldsOfToken = (): readonly string[] =>
      kindOf().refreshes(it.auth) ? ['accessToken'] : kindOf().fields(it.auth)
  })
}

function read(text: string, auth: AuthDefinition): SecretFields {
  const result = credentialFields(new Secret(text), { auth })
  if (result.outcome === 'unreadable') throw new Error(result.problem)
  return result.fields
}

function reveal(fields: SecretFields): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, one]) => [name, one.reveal()]))
}

function secretsOf(outcome: MintGranted): readonly string[] {
  return [outcome.token, outcome.grant ?? {}].flatMap((fields) => Object.values(reveal(fields)))
}

async function statusOf({ method, url, headers, body }: OutgoingRequest): Promise<number> {
  const response = await request(url, { method: method as 'GET', headers, body: body ?? null })
  await response.body.dump()
  return response.statusCode
}
