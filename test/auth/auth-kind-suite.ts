import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { request } from 'undici'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type {
  AuthLike,
  MintContext,
  MintOutcome,
  OutgoingRequest,
  SecretFields,
  SigningContext,
} from '../../src/auth/auth-kind.js'
import { isHeaderValue } from '../../src/auth/header-value.js'
import { authKindOf } from '../../src/auth/registry.js'
import { createExchangeOnce } from '../../activities/http/exchange-once.js'
import { credentialFields } from '../../activities/token/credential-fields.js'
import { type AuthDefinition, defineConnector, get } from '../../src/connectors/index.js'
import { failureCode } from '../../src/contract/failure.js'
import { resolveDefinitionSecret } from '../../src/sealing/definition-secrets.js'
import { Secret } from '../../src/sealing/secret.js'

const SIGNING: SigningContext = {
  now: Date.now,
  randomBytes,
  resolve: resolveDefinitionSecret,
}

/** What a kind brings along to be tested: real parts, a credential that works, and what does not. */
export interface AuthKindCase {
  readonly auth: AuthDefinition
  /** Of a real upstream that lets requests with this authentication through and answers others by 401. */
  readonly url: string
  /** The credential as one text. */
  readonly text: string
  /** The same as fields. */
  readonly fields: Readonly<Record<string, string>>
  /** Texts that {@link credentialFields} refuses. */
  readonly bad: readonly string[]
  /** Further texts that must not be printed anywhere. */
  readonly canaries: readonly string[]
  /** What it puts on is another for each request (a signature with time and nonce). */
  readonly signs?: boolean
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
      exchangeOnce: createExchangeOnce(),
      variables: { account: 'acme' },
      rules: {},
      now: Date.now,
      randomBytes,
    })
    const mint = async (fields = read(it.text, it.auth)) => {
      const outcome = await kindOf().mint(contextOf(fields))
      if (!outcome.ok) throw new Error(outcome.message)
      return outcome
    }
    const authorize = async (token: SecretFields, headers: Record<string, string> = {}) =>
      await kindOf().authorize(
        { method: 'GET', url: new URL(it.url), headers },
        token,
        it.auth,
        SIGNING,
      )
    const kindOf = () => authKindOf<AuthLike>(it.auth)

    test('its definition passes defineConnector and belongs to it in the registry', () => {
      const definition = { id: 'shop', baseUrl: 'https://shop.example', auth: it.auth }
      const { auth } = defineConnector({ ...definition, endpoints: { a: get('/a') } })
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
        expect(result.ok, text).toBe(false)
        expect(JSON.stringify(result)).not.toMatch(/canary/)
      }
    })

    test('the upstream lets a request through that carries its token, and no other', async () => {
      const bare: OutgoingRequest = { method: 'GET', url: new URL(it.url), headers: {} }
      expect(await statusOf(bare)).toBe(401)
      const { token } = await mint()
      expect(await statusOf(await authorize(token))).toBe(200)
    })

    test('the credential comes on last: what was there before is replaced, the rest is kept', async () => {
      const { token } = await mint()
      const clean = await authorize(token)
      const own = Object.keys(clean.headers)
      const before = Object.fromEntries(own.map((header) => [header.toUpperCase(), 'mine']))
      const headers = { ...before, accept: 'text/plain' }
      const copy = { ...headers }
      const url = new URL(`${it.url}?page=2`)
      const request = { method: 'POST', url, headers, body: '{}' }
      const ready = await kindOf().authorize(request, token, it.auth, SIGNING)
      const values = it.signs === true ? Object.fromEntries(own.map(anything)) : clean.headers
      expect(ready.headers).toEqual({ ...values, accept: 'text/plain' })
      for (const header of own) expect(ready.headers[header]).not.toBe('mine')
      expect(ready).toMatchObject({ method: 'POST', body: '{}' })
      expect(ready.url.searchParams.get('page')).toBe('2')
      expect(headers).toEqual(copy)
      expect(url.href).toBe(`${it.url}?page=2`)
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
      for (const secret of secrets) {
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
  if (!result.ok) throw new Error(result.problem)
  return result.fields
}

function anything(header: string): readonly [string, unknown] {
  return [header, expect.any(String)]
}

function reveal(fields: SecretFields): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, one]) => [name, one.reveal()]))
}

function secretsOf(outcome: Extract<MintOutcome, { ok: true }>): readonly string[] {
  return [outcome.token, outcome.grant ?? {}].flatMap((fields) => Object.values(reveal(fields)))
}

async function statusOf({ method, url, headers, body }: OutgoingRequest): Promise<number> {
  const response = await request(url, { method: method as 'GET', headers, body: body ?? null })
  await response.body.dump()
  return response.statusCode
}
