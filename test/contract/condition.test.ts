import { describe, expect, it } from 'vitest'
import {
  type Condition,
  explanationText,
  needsPerson,
  toCondition,
} from '../../src/contract/condition.js'
import { REAUTH_REASONS } from '../../src/contract/reauth-reasons.js'
import { type ConnectionStatus, TOKEN_STATUSES } from '../../src/contract/token-status.js'

const AT = 1_800_000_000_000
const base: ConnectionStatus = {
  connection: 'shop/acme',
  status: 'active',
  sinceMs: AT,
  generation: 3,
  waiting: 0,
  waitingFlows: [],
  counts: { refreshRequests: 3, leases: 5 },
}
const failure = (code: string) => ({
  code,
  message: `No token for shop/acme: login.example said no (${code}).`,
  sinceMs: AT,
  count: 2,
})
const refused = { status: 403, endpoint: 'orders.get', sinceMs: AT, count: 4 }

type Row = readonly [
  name: string,
  status: Partial<ConnectionStatus>,
  expected: Partial<Record<'level' | 'code' | 'action' | 'command', string>> & {
    readonly byItself: boolean
    readonly says: string
  },
]

const rows: readonly Row[] = [
  ['works', {}, { level: 'fine', byItself: true, says: 'works' }],
  [
    'works, and something will end',
    { warnings: ['The authorisation of shop/acme ends on 2027-01-15.'] },
    { level: 'note', byItself: true, says: 'works' },
  ],
  [
    'nobody has connected, by a credential',
    { status: 'pending', generation: 0 },
    {
      level: 'person',
      action: 'connect',
      command: 'npx tokenkeeper connect shop/acme',
      byItself: false,
      says: 'no credential yet',
    },
  ],
  [
    'was named without its account',
    { status: 'pending', connection: 'shop/default', otherAccounts: ['acme', 'beta'] },
    { level: 'person', action: 'connect', byItself: false, says: "name it ('shop/acme')" },
  ],
  [
    'is of a connector that no keeper worker has',
    { status: 'pending', unknownConnector: "The keeper worker has no connector 'shop'." },
    {
      level: 'person',
      code: 'UnknownConnector',
      action: 'mend-definition',
      byItself: false,
      says: 'no connector',
    },
  ],
  [
    'has a provider in trouble',
    { status: 'degraded', failure: failure('http_502'), retryAtMs: AT + 5 },
    { level: 'mending', code: 'http_502', byItself: true, says: 'login.example' },
  ],
  [
    'lost its grant, and its token still lives',
    { status: 'degraded', afterExpiry: 'needs_reauth', failure: failure('invalid_grant') },
    {
      level: 'person',
      code: 'invalid_grant',
      action: 'connect',
      byItself: false,
      says: 'served until it ends',
    },
  ],
  [
    'will be misconfigured when its token ends',
    { status: 'degraded', afterExpiry: 'misconfigured', failure: failure('invalid_client') },
    { level: 'person', action: 'mend-definition', byItself: true, says: 'served until it ends' },
  ],
  [
    'is refused, which may pass',
    { status: 'degraded', refused, failure: failure('FreshTokenRejected'), kind: 'api-key' },
    {
      level: 'mending',
      code: 'FreshTokenRejected',
      byItself: true,
      says: 'HTTP 403 to orders.get',
    },
  ],
  [
    'lacks its sealing key',
    { status: 'degraded', failure: failure('KeyMissing'), afterExpiry: 'misconfigured' },
    { level: 'person', code: 'KeyMissing', action: 'give-key', byItself: true, says: 'login' },
  ],
  [
    'is misconfigured, and probes',
    { status: 'misconfigured', failure: failure('invalid_client'), retryAtMs: AT + 9 },
    {
      level: 'person',
      code: 'invalid_client',
      action: 'mend-definition',
      command: 'npx tokenkeeper refresh shop/acme',
      byItself: true,
      says: 'invalid_client',
    },
  ],
  [
    'is misconfigured, and a try may lock the account',
    { status: 'misconfigured', failure: failure('invalid_login') },
    { level: 'person', action: 'mend-definition', byItself: false, says: 'invalid_login' },
  ],
  [
    'has a static credential that is refused for good',
    { status: 'rejected', refused, kind: 'api-key', refreshes: false },
    {
      level: 'person',
      code: 'FreshTokenRejected',
      action: 'rotate',
      command: 'npx tokenkeeper rotate shop/acme',
      byItself: true,
      says: 'API key',
    },
  ],
  [
    'has fresh tokens that are refused for good',
    { status: 'rejected', refused, refreshes: true },
    { level: 'person', action: 'connect', byItself: true, says: 'even fresh tokens' },
  ],
  [
    'is paused over a dead grant',
    { status: 'paused', beneath: 'needs_reauth', reason: 'rotation_lost' },
    {
      level: 'person',
      action: 'resume',
      command: 'npx tokenkeeper resume shop/acme',
      byItself: false,
      says: 'Beneath it is needs_reauth: rotation_lost',
    },
  ],
  [
    'is revoked',
    { status: 'revoked', revocation: { outcome: 'revoked' } },
    { level: 'ended', action: 'connect', byItself: false, says: 'forgotten' },
  ],
  [
    'is revoked, and the provider could not be told',
    {
      status: 'revoked',
      revocation: { outcome: 'failed', code: 'http_503', message: 'login.example was away.' },
    },
    {
      level: 'person',
      code: 'http_503',
      action: 'end-at-provider',
      byItself: false,
      says: 'login.example was away',
    },
  ],
]

describe('what is wrong with a connection that', () => {
  it.each(rows)('%s', (_name, change, { level, code, action, command, byItself, says }) => {
    const condition = toCondition({ ...base, ...change })
    expect(condition).toMatchObject({ level, goesOn: { byItself } })
    expect(condition.code).toBe(code ?? condition.code)
    expect(condition.next?.action).toBe(action)
    if (command !== undefined) expect(condition.next?.command).toBe(command)
    expect(condition.cause).toContain(says)
    expect(condition.goesOn.atMs).toBe(byItself && level !== 'fine' ? change.retryAtMs : undefined)
    expectWhole(condition)
  })

  it.each(Object.keys(REAUTH_REASONS) as (keyof typeof REAUTH_REASONS)[])(
    'lost its grant (%s)',
    (reason) => {
      const condition = toCondition({ ...base, status: 'needs_reauth', reason, authorizes: true })
      expect(condition).toMatchObject({
        level: 'person',
        reason,
        next: { action: 'connect', call: 'TokenkeeperClient.beginAuthorization' },
      })
      expect(condition.next?.signal).toBeUndefined()
      expect(condition.cause).toContain(REAUTH_REASONS[reason].cause)
      expect(condition.prevent).toBe(REAUTH_REASONS[reason].prevent)
      expectWhole(condition)
    },
  )

  it('stops flows says which, and every status has something to say', () => {
    const waiting = { waiting: 30, waitingFlows: ['sync-1', 'sync-2'] }
    for (const status of TOKEN_STATUSES) {
      const condition = toCondition({ ...base, ...waiting, status })
      expect(condition.stops).toEqual({ count: 30, workflowIds: ['sync-1', 'sync-2'] })
      expectWhole(condition)
    }
  })
})

/** A person reads whole sentences, and is told what to do where only a person can. */
function expectWhole(condition: Condition): void {
  expect(condition.cause).toMatch(/[.?!]$/)
  expect(condition.cause).toContain('shop')
  if (needsPerson(condition)) expect(condition.next?.text).toMatch(/^[A-Z].*[^.]$/)
  const text = explanationText(condition)
  expect(text).not.toMatch(/undefined|\.\.|\s{2}/)
  expect(text).toMatch(/[.?!]$/)
}
