import type { Command } from 'commander'
import { formatActor } from '../contract/actor.js'
import type { ConnectionRef } from '../contract/connection-ref.js'
import { eventText } from '../contract/story-texts.js'
import type { StoryEvent } from '../contract/token-status.js'
import { readConnectionName, withConnection } from './frame/connection-argument.js'
import { withExamples } from './frame/help.js'
import { toWholeNumber } from './frame/option-values.js'
import { showOrWatch, type View, type WatchOptions, withWatch } from './frame/output.js'
import { type TemporalOptions, withTemporalOptions } from './temporal/temporal-options.js'
import type { Line, Style } from './terminal/styled-line.js'
import { tableLines } from './terminal/table.js'
import { withKeeper } from './temporal/with-keeper.js'

interface StoryOptions extends TemporalOptions, WatchOptions {
  readonly all?: true | undefined
  readonly limit?: number | undefined
}

/** `tokenkeeper story`: what happened to a connection, the newest last. */
export function addStory(program: Command): void {
  const command = withWatch(withTemporalOptions(withConnection(program.command('story'), 'one')))
    .description('what happened to a connection, and who asked for it; the newest last')
    .option('--all', 'the daily round too: refreshes, and messages that were refused')
    .option('--limit <count>', 'the newest ones alone', toWholeNumber)
    .action(async (name: string, account: string | undefined, options: StoryOptions) => {
      await story(readConnectionName(name, account), options)
    })
  withExamples(command, [
    ['tokenkeeper story shopify/acme', 'why did orders stop at 03:12?'],
    ['tokenkeeper story shopify/acme --all --limit 20 --watch', 'what happens now'],
  ])
}

async function story(ref: ConnectionRef, options: StoryOptions): Promise<void> {
  await withKeeper(options, async ({ keeper }) => {
    await showOrWatch(options, async () => {
      const events = await keeper.story(ref.connector, ref.account)
      const meant = events.filter(({ routine }) => options.all === true || routine !== true)
      const value = options.limit === undefined ? meant : meant.slice(-options.limit)
      return { value, lines: (view) => storyLines(value, view) }
    })
  })
}

const BAD = ['refresh_failed', 'rejected', 'rolled_back', 'upstream_revoke_failed']
const GOOD = ['connected', 'refreshed', 'rotated', 'resumed', 'verified', 'resealed']
const DIM = ['message_refused', 'cancellation_ignored', 'credential_unchanged']

/** A line for each event. */
export function storyLines(events: readonly StoryEvent[], view: View): readonly Line[] {
  if (events.length === 0) return [[{ text: 'Nothing has happened yet.', style: 'dim' }]]
  return tableLines(
    [
      { header: 'WHEN', cell: ({ atMs }) => view.time(atMs) },
      {
        header: 'EVENT',
        cell: ({ event }) => ({ text: event.replaceAll('_', ' '), style: styleOf(event) }),
      },
      { header: 'WHO', kind: 'name', cell: ({ by }) => by && formatActor(by) },
      { header: 'WHAT HAPPENED', kind: 'text', cell: (event) => detailsOf(event, view) },
    ],
    events,
    view,
  )
}

function styleOf(event: string): Style | undefined {
  if (BAD.includes(event)) return 'bad'
  if (GOOD.includes(event)) return 'good'
  return DIM.includes(event) ? 'dim' : undefined
}

/** The same words as in the console and in the Web UI. */
function detailsOf(event: StoryEvent, view: View): string {
  const { attempt, times = 1, lastAtMs, nextDueMs } = event
  const parts = [
    eventText({ ...event, by: undefined }),
    attempt === undefined ? undefined : `attempt ${attempt}`,
    times < 2 || lastAtMs === undefined ? undefined : `the last one ${view.time(lastAtMs)}`,
    nextDueMs === undefined ? undefined : `the next one is due ${view.time(nextDueMs)}`,
  ]
  return parts.filter((part) => part !== undefined).join('; ')
}
