import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { expect } from 'vitest'
import type { AuthLike, MintOutcome } from '../../../src/auth/kind/auth-kind.js'
import type { Exchange } from '../../../src/auth/kind/exchange.js'
import { authKindOf } from '../../../src/auth/registry.js'
import {
  authorizationCode,
  refreshToken,
  type TokenAnswerRules,
} from '../../../src/connectors/index.js'
import { Secret } from '../../../src/sealing/secret.js'

export const HELD = 'canary-held-refresh-token'
export const CODE = 'canary-held-code'
export const SECRET = 'canary-client-secret'
const NOW = Date.UTC(2026, 10, 25)
const CLASSES = [
  ...['not_sent', 'throttled', 'server_error', 'firewall', 'ambiguous'],
  ...['invalid_grant', 'misconfigured'],
]

export type Answer = Pick<Exchange, 'text'> & Partial<Exchange>
export type Grant = 'refresh' | 'code'

const url = 'https://login.example/token'
export const base = { tokenUrl: url, clientId: 'app' }

/** One token request of a grant against an answer that is made up. */
export async function mintWith(
  grant: Grant,
  answer: Answer,
  rules?: TokenAnswerRules,
): Promise<MintOutcome> {
  const options = { ...base, answer: rules }
  const auth: AuthLike =
    grant === 'refresh'
      ? refreshToken(options)
      : authorizationCode({ ...options, authorizationUrl: 'https://login.example/auth' })
  const held =
    grant === 'refresh'
      ? { refreshToken: new Secret(HELD) }
      : { code: new Secret(CODE), codeVerifier: new Secret('v'), redirectUri: new Secret('r') }
  return await authKindOf(auth).mint({
    auth,
    account: 'acme',
    fields: { ...held, clientSecret: new Secret(SECRET) },
    variables: { account: 'acme' },
    rules: {},
    resolve: () => Promise.reject(new Error('nothing to resolve')),
    exchangeOnce: () =>
      Promise.resolve({
        ...{ sentAtMs: NOW, answeredAtMs: NOW + 9, sent: true, status: 200, headers: {} },
        ...answer,
      }),
    now: () => NOW,
    randomBytes,
  })
}

/** Whatever an answer was: a token, or a row of the outcome table that keeps the grant; nothing shows a secret. */
export function expectSound(outcome: MintOutcome, texts: readonly string[] = []): void {
  const shown = `${inspect(outcome, { depth: 9, showHidden: true })} ${JSON.stringify(outcome)}`
  for (const secret of [HELD, CODE, SECRET, 'canary', ...texts]) expect(shown).not.toContain(secret)
  if (outcome.outcome === 'refused') {
    expect(CLASSES).toContain(outcome.class)
    expect(outcome.code).toMatch(/^[A-Za-z][A-Za-z0-9_]{1,124}$/)
    expect('grant' in outcome).toBe(false)
    return
  }
  expect(outcome.token['accessToken']?.reveal()).toBeTruthy()
  // A next grant never lacks its refresh token, but for an exchange that brought none.
  if (outcome.grant !== undefined && outcome.grant['noRefreshToken'] === undefined)
    expect(outcome.grant['refreshToken']?.reveal()).toBeTruthy()
  for (const ms of [outcome.lifetimeMs, outcome.refreshTokenLifetimeMs])
    if (ms !== undefined) expect(Number.isSafeInteger(ms) && ms >= 0).toBe(true)
  if (outcome.subject !== undefined) expect(outcome.subject).toMatch(/^[\x21-\x7e]{1,601}$/)
}

/** A whole answer. */
export const good = {
  access_token: 'canary-access',
  token_type: 'Bearer',
  expires_in: 3600,
  refresh_token: 'canary-next',
  scope: 'a b',
}
