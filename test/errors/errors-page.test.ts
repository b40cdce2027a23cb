import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FAILURES, type FailureCode } from '../../src/contract/failures.js'
import type { AuthorizationCode } from '../../src/contract/authorization.js'
import type { ClientErrorCode } from '../../src/client/errors/tokenkeeper-error.js'
import type { MintFailureClass } from '../../src/contract/token-activities.js'
import type { ReauthReason, TokenStatus } from '../../src/contract/token-status.js'
import { CallStage } from '../activities/call/call-stage.js'
import { CODE_MESSAGES, mintMessage, NETWORK_MESSAGES, statusMessage } from './real-messages.js'

interface Row {
  readonly message: string
  readonly goesOn: string
  readonly todo: string
}

/** The rows of one table of the page, by what stands in their first cell. */
async function rowsBelow(heading: string): Promise<ReadonlyMap<string, Row>> {
  const root = new URL('../../', import.meta.url)
  const page = await readFile(new URL('docs/errors.md', root), 'utf8')
  const section = page.split(`| ${heading} `)[1]?.split('\n\n')[0] ?? ''
  const rows = section.trim().split('\n').slice(2)
  return new Map(
    rows.map((row) => {
      const [, code = '', message = '', , goesOn = '', todo = ''] = row
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim().replace(/^`|`$/g, ''))
      return [code, { message, goesOn, todo }]
    }),
  )
}
const shown = (message: string): string =>
  message.replaceAll(/\b[0-9a-f]{16}\b/g, '…').replace(/(right: baseUrl: ).*$/, '$1…')
const NAMES_NO_CONNECTION = new Set([
  'UnknownConnector',
  'UnknownFunction',
  'InvalidConnection',
  'InvalidDefinition',
])

let stage: CallStage
beforeAll(async () => {
  stage = await CallStage.start()
})
afterAll(() => stage.stop())

function expectRow(row: Row | undefined, message: string): void {
  expect(row?.message).toBe(shown(message))
  expect(row?.goesOn).toMatch(/^(?:yes|no)(?:: .+)?$/)
  expect(row?.todo).not.toBe('')
}

describe('docs/errors.md', () => {
  const codes = Object.keys(FAILURES) as FailureCode[]

  test('has a row for every code of the closed table, and no other', async () => {
    expect([...(await rowsBelow('code')).keys()]).toEqual(codes)
  })

  test.each(codes)('%s looks as it says', async (code) => {
    const row = (await rowsBelow('code')).get(code)
    expect(row?.todo.replaceAll('`', '')).toBe(FAILURES[code].whatToDo)
    const make = CODE_MESSAGES[code]
    if (typeof make !== 'function') {
      const file = new URL(`../../${make.elsewhere}`, import.meta.url)
      expect(await readFile(file, 'utf8')).toContain(code)
      return
    }
    const message = await make(stage)
    expectRow(row, message)
    if (!NAMES_NO_CONNECTION.has(code)) expect(message).toContain('erp/default')
    // A repeat of the same attempt is what Temporal does by itself.
    if (FAILURES[code].retryable) expect(row?.goesOn).toMatch(/^yes/)
  })

  test.each(Object.entries(NETWORK_MESSAGES))('%s tells the network', async (code, make) => {
    expectRow((await rowsBelow('code in brackets')).get(code), await make(stage))
  })

  const classes: Record<MintFailureClass, true> = {
    not_sent: true,
    throttled: true,
    server_error: true,
    firewall: true,
    ambiguous: true,
    invalid_grant: true,
    misconfigured: true,
  }
  const commands: Record<Exclude<ClientErrorCode, AuthorizationCode | FailureCode>, true> = {
    NotConnected: true,
    NoKeeperWorker: true,
    NoAnswer: true,
    NoPublicKey: true,
    CredentialSpent: true,
    StillTrying: true,
    Superseded: true,
    UnknownSync: true,
    NoSync: true,
    SyncEnded: true,
    NoLinkKey: true,
    LinkInvalid: true,
    LinkUsed: true,
    LinkExpired: true,
    TooManyTries: true,
    Unavailable: true,
  }
  test('has a row for every failure of a command, and no other', async () => {
    const rows = await rowsBelow('answer')
    expect([...rows.keys()].sort()).toEqual(Object.keys(commands).sort())
    expect([...rows.values()].every(({ message }) => message !== '')).toBe(true)
  })

  test('has a row for every class of a failed token request, and no other', async () => {
    expect([...(await rowsBelow('class')).keys()].sort()).toEqual(Object.keys(classes).sort())
  })

  test.each(Object.keys(classes) as MintFailureClass[])('%s looks as it says', async (name) => {
    const result = await mintMessage(name)
    expect(result).toMatchObject({ outcome: 'failed', class: name })
    if (result.outcome !== 'failed') return
    expectRow((await rowsBelow('class')).get(name), result.message)
    expect(result.message).toContain('erp/default')
  })

  const states: Record<Exclude<TokenStatus, 'needs_reauth'>, true> = {
    pending: true,
    active: true,
    degraded: true,
    misconfigured: true,
    rejected: true,
    paused: true,
    revoked: true,
  }
  const reasons: Record<ReauthReason, true> = {
    revoked: true,
    expired_idle: true,
    rotation_lost: true,
    rolled_back: true,
  }
  test('has a row for every state and every reason, each as it says', async () => {
    const rows = await rowsBelow('state')
    const expected = new Map([
      ...(Object.keys(states) as TokenStatus[]).map((one) => [one, statusMessage(one)] as const),
      ...(Object.keys(reasons) as ReauthReason[]).map(
        (one) => [`needs_reauth: ${one}`, statusMessage('needs_reauth', one)] as const,
      ),
    ])
    expect([...rows.keys()].sort()).toEqual([...expected.keys()].sort())
    for (const [name, message] of expected) {
      expectRow(rows.get(name), message)
      expect(message).toContain('erp/default')
    }
  })

  test.each(Object.keys(reasons) as ReauthReason[])(
    'the sentence of needs_reauth (%s) says each thing once',
    (reason) => {
      const message = statusMessage('needs_reauth', reason)
      expect(message).not.toMatch(/\) ?[(:]/)
      // Names of what is to be called, and the code, are no words.
      const names = /\(\w+\)|npx tokenkeeper \S+ \S+|tokenkeeper\w*\.\w+|refresh token/gi
      const text = message.replaceAll(names, '').toLowerCase()
      const words = text.match(/[a-z]{5,}/g) ?? []
      expect(words).toEqual([...new Set(words)])
    },
  )
})
