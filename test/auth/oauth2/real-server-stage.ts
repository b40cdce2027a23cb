import { randomBytes } from 'node:crypto'
import { createExchangeOnce } from '../../../activities/network/exchange-once.js'
import type { AuthLike, MintGranted, MintOutcome } from '../../../src/auth/kind/auth-kind.js'
import type { ExchangeOnce } from '../../../src/auth/kind/exchange.js'
import type { KnownProviders } from '../../../src/auth/kind/known-providers.js'
import { ASSERTION_ALGORITHMS } from '../../../src/auth/oauth2/sign-assertion.js'
import { authKindOf } from '../../../src/auth/registry.js'
import { secret } from '../../../src/connectors/index.js'
import { resolveDefinitionSecret } from '../../../src/sealing/definition-secrets.js'
import { Secret } from '../../../src/sealing/secret.js'
import type { RegisteredClient } from '../../fixtures/registered-client.js'
import { LOOPBACK } from '../../fixtures/loopback-policy.js'
import { makeSigningKey } from '../../fixtures/signing-keys.js'

export const METHODS = [
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
  'none',
] as const
export type Method = (typeof METHODS)[number]

const SECRET = 'canary-secret +/=%&'
const keys = new Map(ASSERTION_ALGORITHMS.map((alg) => [alg as string, makeSigningKey(alg, alg)]))
export const ISSUER_KEY = makeSigningKey('ES256', 'issuer-key')
process.env.TEST_REAL_SECRET = SECRET
for (const [alg, { privateKey }] of keys) process.env[`TEST_REAL_KEY_${alg}`] = privateKey

export const clients: readonly RegisteredClient[] = [
  ...METHODS.map((authMethod) => ({
    clientId: authMethod,
    clientSecret: SECRET,
    authMethod,
    publicKey: keys.get('ES256')?.publicKey ?? {},
  })),
  ...[...keys].map(([alg, { publicKey }]) => ({
    clientId: `key-${alg}`,
    clientSecret: '',
    authMethod: 'private_key_jwt' as const,
    publicKey,
  })),
]

/** What a definition says of a client, by its way to prove itself. */
export function clientOf(method: Method) {
  const key = { key: secret('env:TEST_REAL_KEY_ES256'), alg: 'ES256', kid: 'ES256' } as const
  return {
    clientId: method,
    clientAuthentication: method,
    ...(method === 'private_key_jwt' ? { clientKey: key } : {}),
    ...(method.startsWith('client_secret') ? { clientSecret: secret('env:TEST_REAL_SECRET') } : {}),
  }
}

export const real = createExchangeOnce({ network: LOOPBACK })
type Fields = Readonly<Record<string, string | Secret>>
interface More {
  readonly exchangeOnce?: ExchangeOnce
  readonly providers?: KnownProviders
  readonly previousLifetimeMs?: number
}

export function contextOf<Auth extends AuthLike>(auth: Auth, fields: Fields, more: More = {}) {
  const secrets = Object.entries(fields).map(
    ([name, one]) => [name, typeof one === 'string' ? new Secret(one) : one] as const,
  )
  return {
    auth,
    account: 'acme',
    fields: Object.fromEntries(secrets),
    variables: { account: 'acme' },
    rules: {},
    resolve: resolveDefinitionSecret,
    exchangeOnce: real,
    now: Date.now,
    randomBytes,
    ...more,
  }
}

export function mint(auth: AuthLike, fields: Fields, more?: More): Promise<MintOutcome> {
  return authKindOf(auth).mint(contextOf(auth, fields, more))
}

/** What must be a token. */
export function granted(outcome: MintOutcome): MintGranted {
  if (outcome.outcome === 'refused') throw new Error(`${outcome.code}: ${outcome.message}`)
  return outcome
}
