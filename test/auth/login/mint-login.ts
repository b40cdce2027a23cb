import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { expect } from 'vitest'
import {
  createExchangeOnce,
  type ExchangeOptions,
} from '../../../activities/network/exchange-once.js'
import type {
  MintContext,
  MintGranted,
  MintOutcome,
  SecretFields,
} from '../../../src/auth/kind/auth-kind.js'
import { loginFlowKind } from '../../../src/auth/login-flow.js'
import type { LoginFlowAuth } from '../../../src/connectors/index.js'
import { LOOPBACK } from '../../fixtures/loopback-policy.js'
import { resolveDefinitionSecret } from '../../../src/sealing/definition-secrets.js'
import { Secret } from '../../../src/sealing/secret.js'

export type LoginContext = MintContext<LoginFlowAuth>

export function toFields(clear: Readonly<Record<string, string>>): SecretFields {
  return Object.fromEntries(Object.entries(clear).map(([name, text]) => [name, new Secret(text)]))
}

export function loginContext(
  auth: LoginFlowAuth,
  fields: SecretFields,
  more: Partial<LoginContext> & { readonly exchange?: Partial<ExchangeOptions> } = {},
): LoginContext {
  const { exchange, ...rest } = more
  return {
    auth,
    account: 'acme',
    fields,
    resolve: resolveDefinitionSecret,
    exchangeOnce: createExchangeOnce({ network: LOOPBACK, ...exchange }),
    variables: { account: 'acme' },
    rules: {},
    now: Date.now,
    randomBytes,
    ...rest,
  }
}

/** One token request; whatever comes of it, no canary can be read in it. */
export async function mintLogin(context: LoginContext): Promise<MintOutcome> {
  const outcome = await loginFlowKind.mint(context)
  expect(`${inspect(outcome, { depth: 9 })}${JSON.stringify(outcome)}`).not.toMatch(/canary/)
  return outcome
}

/** As {@link mintLogin}, where it has to work. */
export async function mintWorking(context: LoginContext) {
  const outcome = await mintLogin(context)
  if (outcome.outcome === 'refused') throw new Error(outcome.message)
  return outcome
}

type Minted = MintGranted

/** A request with the session on it. */
export async function call(url: string, auth: LoginFlowAuth, token: SecretFields, method = 'GET') {
  const request = { method, url: new URL(url), headers: {} }
  const signing = { now: Date.now, randomBytes: () => new Uint8Array(), resolve: noSecret }
  const ready = await loginFlowKind.authorize(request, token, auth, signing)
  const response = await fetch(ready.url, { method, headers: ready.headers })
  return { status: response.status, headers: ready.headers }
}

export function noSecret(): Promise<never> {
  return Promise.reject(new Error('no secret'))
}

/** The context of the next token request. */
export function withGrant(context: LoginContext, minted: Minted, more: Partial<LoginContext> = {}) {
  return { ...context, fields: minted.grant ?? context.fields, ...more }
}
