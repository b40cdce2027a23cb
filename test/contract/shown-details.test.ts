import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  limitTexts,
  noticesTexts,
  syncTexts,
  tokenTexts,
  watermarkTexts,
} from '../../src/contract/static-texts.js'
import type { ConnectionStatus, StoryEvent } from '../../src/contract/token-status.js'
import { describeDestinations } from '../../workflows/notices/describe-destinations.js'
import { describeSync } from '../../workflows/sync/sync-display.js'
import { describeConnection } from '../../workflows/token/status-display.js'
import { foreign, kinds } from './markdown-kinds.js'

const T0 = 1_800_000_000_000
const counts = { refreshRequests: 1, leases: 2 }

/** Everything that a sender of messages, an upstream or a provider may have written, at each place that is shown. */
const SHOWN: Readonly<Record<string, (text: string) => string>> = {
  'a connection that is revoked': (text) =>
    describeConnection(statusOf(text, 'needs_reauth'), storyOf(text)),
  'a connection that is refused': (text) =>
    describeConnection(statusOf(text, 'rejected'), storyOf(text)),
  'a connection without a definition': (text) =>
    describeConnection({ ...statusOf(text, 'pending'), unknownConnector: text }, storyOf(text)),
  'a sync': (text) =>
    describeSync(
      {
        from: { connection: text, endpoint: text },
        to: { connection: 'erp/default', endpoint: text },
        replayOf: { workflowId: text, runId: text },
      },
      { counters: { pages: 1, read: 2, written: 2 }, warnings: [text, text] },
      {},
    ),
  'a sync to a function': (text) =>
    describeSync(
      { from: { connection: 'shop/acme', endpoint: text }, to: { sink: text } },
      { counters: { pages: 1, read: 2, written: 2 } },
      {},
    ),
  'destinations of notices': (text) =>
    describeDestinations({
      destinations: [
        {
          name: text,
          kind: 'webhook',
          waiting: 1,
          dead: [{ sinceMs: T0, types: { 'sync.failed': 1 }, subjects: [text], why: text }],
        } as never,
      ],
    }),
  'the start of a sync': (text) => {
    const { staticSummary, staticDetails } = syncTexts({
      from: { connection: text, endpoint: text },
      to: { sink: text },
    })
    return `${staticSummary}\n\n${staticDetails}`
  },
  'the start of a watermark': (text) => {
    const { staticSummary, staticDetails } = watermarkTexts(text)
    return `${staticSummary}\n\n${staticDetails}`
  },
  'the start of notices': (text) => noticesTexts(text).staticSummary,
}

function statusOf(text: string, status: ConnectionStatus['status']): ConnectionStatus {
  return {
    connection: 'shop/acme',
    status,
    reason: status === 'needs_reauth' ? 'revoked' : undefined,
    sinceMs: T0,
    generation: 7,
    waiting: 2,
    waitingFlows: [text, text],
    kind: text,
    account: { name: text },
    scope: text,
    warnings: [text],
    tags: [text],
    owner: text,
    description: text,
    failure: { code: text, message: text, sinceMs: T0, count: 3 },
    refused: { status: 401, endpoint: text, sinceMs: T0, count: 3 },
    counts,
  }
}

function storyOf(text: string): readonly StoryEvent[] {
  return [
    { atMs: T0, event: 'refresh_failed', cause: text, code: text, generation: 7 },
    { atMs: T0, event: 'message_refused', cause: text, by: { id: text, name: text } as never },
  ]
}

test.each(Object.entries(SHOWN))(
  'nothing that is written into %s changes its form',
  (_name, show) => {
    const plain = kinds(show('x'))
    expect(plain['remark']).not.toContain('link')
    fc.assert(
      fc.property(foreign, (text) => {
        expect(kinds(show(`x${text}`))).toEqual(plain)
      }),
      { numRuns: 100 },
    )
  },
)

test('what is wrong, what to do and whom it stops stand first, to be copied as they are', () => {
  const status = { ...statusOf('sync:orders', 'needs_reauth'), connection: 'shop/a@b.example' }
  const blocks = describeConnection(status, storyOf('x')).split('\n\n')
  expect(blocks[0]).toBe('### shop/a \\@b\\.example: needs\\_reauth: revoked')
  expect(blocks[1]).toMatch(/^\*\*Why:\*\* .* Since 2027-01-15T08:00:00\.000Z\.$/)
  expect(blocks.slice(2, 4)).toEqual([
    expect.stringMatching(/^\*\*What to do:\*\* /),
    '`npx tokenkeeper connect shop/a@b.example`',
  ])
  expect(blocks).toContain('**Stops 2 flows:** `sync:orders`, `sync:orders`')
})

test('a connection that works shows no trouble', () => {
  const status = { ...statusOf('x', 'active'), failure: undefined, refused: undefined }
  const shown = describeConnection({ ...status, warnings: [], waiting: 0 }, [])
  expect(shown).not.toMatch(/\*\*(?:Why|What to do|Stops|Goes on)/)
  expect(shown).toContain('**Do not terminate or reset it**')
})

test('what stands at a start is short enough for the server', () => {
  const ref = { connector: 'c'.repeat(64), account: `${'a'.repeat(170)}@b.example` }
  for (const texts of [tokenTexts(ref), limitTexts(ref), watermarkTexts('ü'.repeat(900))]) {
    expect(Buffer.byteLength(texts.staticSummary)).toBeLessThanOrEqual(350)
    expect(Buffer.byteLength(texts.staticDetails)).toBeLessThan(5000)
  }
})
