import assert, { AssertionError } from 'node:assert/strict'
import { inspect } from 'node:util'
import { randomBytes } from 'node:crypto'
import type {
  AuthKind,
  AuthLike,
  MintContext,
  OutgoingRequest,
  SecretFields,
  SigningContext,
} from '../auth/kind/auth-kind.js'
import { withoutUndefined } from '../contract/plain-data.js'
import { isHeaderValue } from '../auth/kind/header-value.js'
import { createExchangeOnce } from '../../activities/network/exchange-once.js'
import { bindCustomAuth } from '../auth/custom/bind-custom-auth.js'
import { type CustomAuth, customKind } from '../auth/custom.js'
import {
  type CustomAuthFunctions,
  isCustomAuthFunctions,
} from '../auth/custom/define-custom-auth.js'
import { resolveDefinitionSecret } from '../sealing/definition-secrets.js'
import { Secret } from '../sealing/secret.js'

/** Servers of tests are on this machine. */
const LOOPBACK_ONLY = { loopback: true, privateAddresses: false }

/** What a kind of authentication brings along to be checked. */
export interface AuthKindExample<Auth extends AuthLike> {
  readonly auth: Auth
  /** The fields of a credential that works. */
  readonly fields: Readonly<Record<string, string>>
  /** How the kind sends its token request and resolves references of the definition. Default: as a worker does. */
  readonly context?: Partial<Pick<MintContext<Auth>, 'exchangeOnce' | 'resolve'>> | undefined
}

export interface AuthKindCheck {
  readonly name: string
  /** Throws an `AssertionError` where the kind breaks the rule. */
  readonly run: () => Promise<void>
}

/**
 * The rules that every kind of authentication keeps, for any test runner:
 * `for (const { name, run } of authKindChecks(kind, example)) it(name, run)`. What `defineCustomAuth`
 * returned is a kind, with `custom('name', …)` as the `auth` of the example.
 */
export function authKindChecks(
  functions: CustomAuthFunctions,
  example: AuthKindExample<CustomAuth>,
): readonly AuthKindCheck[]
export function authKindChecks<Auth extends AuthLike>(
  kind: AuthKind<Auth>,
  example: AuthKindExample<Auth>,
): readonly AuthKindCheck[]
export function authKindChecks(
  given: AuthKind | CustomAuthFunctions,
  example: AuthKindExample<AuthLike>,
): readonly AuthKindCheck[] {
  if (!isCustomAuthFunctions(given)) return checksOf(given, example)
  const { name } = example.auth as CustomAuth
  const auth = bindCustomAuth(example.auth, { [name]: given })
  return checksOf(customKind as unknown as AuthKind, { ...example, auth })
}

function checksOf(
  kind: AuthKind,
  { auth, fields: clear, context: given = {} }: AuthKindExample<AuthLike>,
): readonly AuthKindCheck[] {
  const context = {
    exchangeOnce: given.exchangeOnce ?? createExchangeOnce({ network: LOOPBACK_ONLY }),
    resolve: given.resolve ?? resolveDefinitionSecret,
  }
  const fields = Object.fromEntries(
    Object.entries(clear).map(([name, text]) => [name, new Secret(text)]),
  )
  const values = Object.values(clear)
  const mint = async () => {
    const minted = await kind.mint({
      ...context,
      auth,
      account: 'acme',
      variables: { account: 'acme' },
      rules: {},
      fields,
      now: Date.now,
      randomBytes,
    })
    if (minted.outcome === 'refused')
      throw new AssertionError({ message: `mint failed: ${minted.code}` })
    return minted
  }
  const signing: SigningContext = { now: Date.now, randomBytes, resolve: context.resolve }
  const request = (): OutgoingRequest => ({
    method: 'GET',
    url: new URL('https://upstream.example/orders?page=2'),
    headers: { accept: 'application/json' },
  })
  const checkHostile = async (token: SecretFields, hostile: string): Promise<void> => {
    const names = Object.keys(token)
    const broken = Object.fromEntries(names.map((name) => [name, new Secret(`value-${hostile}`)]))
    const made = await Promise.resolve()
      .then(() => kind.authorize(request(), broken, auth, signing))
      .catch((error: unknown) => {
        assert.ok(!inspect(error, { depth: 9 }).includes('value-'), 'the refusal repeats the value')
      })
    if (made === undefined) return
    for (const value of Object.values(made.headers)) assert.ok(isHeaderValue(value))
    assert.equal(made.url.origin, request().url.origin)
  }
  return [
    {
      name: 'the fields of a good credential are known and accepted',
      run: async () => {
        for (const name of Object.keys(clear)) assert.ok(kind.fields(auth).includes(name), name)
        assert.equal(await Promise.resolve(kind.checkFields(fields, auth)), undefined)
      },
    },
    {
      name: 'an empty credential is refused by words that repeat no value',
      run: async () => {
        const refusal = await Promise.resolve(kind.checkFields({}, auth))
        assert.ok(refusal !== undefined && refusal !== '', 'nothing was refused')
        for (const value of values) assert.ok(!refusal.includes(value))
      },
    },
    {
      name: 'a credential given as one text becomes fields of the kind',
      run: async () => {
        const made = await Promise.resolve(kind.fieldsOfText(new Secret('one-text'), auth))
        for (const name of Object.keys(made ?? {}))
          assert.ok(kind.fields(auth).includes(name), name)
      },
    },
    {
      name: 'a token is got, with dates that fit',
      run: async () => {
        const outcome = await mint()
        assert.ok(outcome.sentAtMs <= outcome.answeredAtMs)
        assert.ok(Object.keys(outcome.token).length > 0, 'the token has no field')
        // A new grant beside one that is not used up (a session to keep alive): both are good.
        if (outcome.grant !== undefined && !kind.consumesGrant(auth)) await mint()
      },
    },
    {
      name: 'the credential goes onto a copy of the request, to the same origin and path',
      run: async () => {
        const before = request()
        const after = await kind.authorize(before, (await mint()).token, auth, signing)
        assert.deepEqual(before, request(), 'the request itself was changed')
        assert.notDeepEqual(
          withoutUndefined(after),
          withoutUndefined(before),
          'nothing was put on the request',
        )
        assert.equal(after.url.origin + after.url.pathname, before.url.origin + before.url.pathname)
        assert.equal(after.url.searchParams.get('page'), '2')
        assert.equal(after.headers['accept'], 'application/json')
      },
    },
    {
      name: 'carriers name the headers and parameters that it sets',
      run: async () => {
        const after = await kind.authorize(request(), (await mint()).token, auth, signing)
        const { headers = [], query = [], cookies = [] } = kind.carriers?.(auth) ?? {}
        const named = cookies.length > 0 ? [...headers, 'cookie'] : headers
        const known = [...named.map((name) => name.toLowerCase()), 'accept']
        for (const name of Object.keys(after.headers))
          assert.ok(known.includes(name.toLowerCase()), `the header ${name} is not named`)
        for (const name of after.url.searchParams.keys())
          assert.ok([...query, 'page'].includes(name), `the parameter ${name} is not named`)
      },
    },
    {
      name: 'an empty token is not sent',
      run: async () => {
        const { token } = await mint()
        const empty = Object.keys(token).map((name) => [name, new Secret('')])
        for (const without of [{}, Object.fromEntries(empty) as SecretFields])
          await assert.rejects(async () => await kind.authorize(request(), without, auth, signing))
      },
    },
    {
      name: 'no value of a token can break a header or lead elsewhere',
      run: async () => {
        const { token } = await mint()
        for (const hostile of ['a\r\nx-evil: 1', 'a\0b', '\u2603', '@evil.example/'])
          await checkHostile(token, hostile)
      },
    },
    {
      name: 'nothing that is got can be printed',
      run: async () => {
        const outcome = await mint()
        const printed = `${inspect(outcome, { depth: 9 })} ${JSON.stringify(outcome)}`
        const secrets = Object.values(outcome.token).map((secret) => secret.reveal())
        for (const value of [...values, ...secrets]) assert.ok(!printed.includes(value))
      },
    },
  ]
}
