import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { randomBytes } from 'node:crypto'
import type {
  AuthKind,
  AuthLike,
  MintContext,
  OutgoingRequest,
  SigningContext,
} from '../auth/auth-kind.js'
import { Secret } from '../sealing/secret.js'

/** What a kind of authentication brings along to be checked. */
export interface AuthKindExample<Auth extends AuthLike> {
  readonly auth: Auth
  /** The fields of a credential that works. */
  readonly fields: Readonly<Record<string, string>>
  /** How the kind sends its token request and resolves references of the definition. */
  readonly context: Pick<MintContext<Auth>, 'exchangeOnce' | 'resolve'>
}

export interface AuthKindCheck {
  readonly name: string
  /** Throws an `AssertionError` where the kind breaks the rule. */
  readonly run: () => Promise<void>
}

/**
 * The rules that every kind of authentication keeps, for any test runner:
 * `for (const { name, run } of authKindChecks(kind, example)) it(name, run)`.
 */
export function authKindChecks<Auth extends AuthLike>(
  kind: AuthKind<Auth>,
  { auth, fields: clear, context }: AuthKindExample<Auth>,
): readonly AuthKindCheck[] {
  const fields = Object.fromEntries(
    Object.entries(clear).map(([name, text]) => [name, new Secret(text)]),
  )
  const values = Object.values(clear)
  const mint = async () => {
    const outcome = await kind.mint({
      ...context,
      auth,
      account: 'acme',
      variables: { account: 'acme' },
      rules: {},
      fields,
      now: Date.now,
      randomBytes,
    })
    assert.ok(outcome.ok, outcome.ok ? '' : `mint failed: ${outcome.code}`)
    return outcome
  }
  const signing: SigningContext = { now: Date.now, randomBytes, resolve: context.resolve }
  const request = (): OutgoingRequest => ({
    method: 'GET',
    url: new URL('https://upstream.example/orders?page=2'),
    headers: { accept: 'application/json' },
  })
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
        for (const name of Object.keys(made ?? {})) assert.ok(kind.fields(auth).includes(name), name)
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
        assert.notDeepEqual(after, before, 'nothing was put on the request')
        assert.equal(after.url.origin + after.url.pathname, before.url.origin + before.url.pathname)
        assert.equal(after.url.searchParams.get('page'), '2')
        assert.equal(after.headers['accept'], 'application/json')
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
