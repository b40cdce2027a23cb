import { withoutUndefined } from './plain-data.js'
import type { StoryEventName } from './token-status.js'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** The level of each event of a life story in the log: what a person has to do something about is an error. */
export const STORY_LEVELS = {
  started: 'info',
  connected: 'info',
  credential_unchanged: 'info',
  refreshed: 'debug',
  refresh_asked: 'info',
  refresh_failed: 'warn',
  rotated: 'info',
  rotation_refused: 'warn',
  rotation_delayed: 'warn',
  rejected: 'warn',
  paused: 'info',
  resumed: 'info',
  revoked: 'info',
  status: 'info',
  definition: 'info',
  message_refused: 'warn',
  cancellation_ignored: 'info',
  rolled_back: 'error',
  warning: 'warn',
  authorization_begun: 'debug',
  authorization_refused: 'warn',
  account: 'info',
  upstream_revoked: 'info',
  upstream_revoke_failed: 'warn',
  answer_kept: 'info',
  answer_read: 'info',
  updated: 'info',
  verified: 'info',
  resealed: 'info',
  removed: 'info',
} as const satisfies Record<StoryEventName, LogLevel>

/** A status that stops flows, or is about to: the event `status` has another level then. */
export const STATUS_LEVELS = {
  needs_reauth: 'error',
  misconfigured: 'error',
  rejected: 'error',
  degraded: 'warn',
} as const satisfies Record<string, LogLevel>

interface LogEventDefinition {
  readonly level: LogLevel
  /** Which worker writes it. */
  readonly by: 'flow worker' | 'keeper worker'
  readonly text: string
  /** What stands beside `event`, where it is known. */
  readonly fields: readonly string[]
}

const COUNTERS = ['pages', 'read', 'written', 'setAside'] as const

/** All other lines of tokenkeeper. `docs/reference/log-events.md` shows them, and a test holds the two together. */
export const LOG_EVENTS = {
  flow_parked: {
    level: 'warn',
    by: 'flow worker',
    text: 'A flow waits for a connection that is not usable.',
    fields: ['connection', 'why'],
  },
  flow_paused: {
    level: 'info',
    by: 'flow worker',
    text: 'An operator has paused a flow, or the connection that it waits for.',
    fields: ['connection', 'why'],
  },
  flow_waits: {
    level: 'debug',
    by: 'flow worker',
    text: 'A flow waits since an upstream has asked for time.',
    fields: ['connection', 'why'],
  },
  flow_goes_on: {
    level: 'info',
    by: 'flow worker',
    text: 'A wait is over; `debug` after `flow_waits`.',
    fields: ['connection', 'waitedMs'],
  },
  sync_done: {
    level: 'info',
    by: 'flow worker',
    text: 'A sync has moved all that its source has.',
    fields: ['connection', 'endpoint', 'lineage', ...COUNTERS],
  },
  sync_cancelled: {
    level: 'info',
    by: 'flow worker',
    text: 'A sync was cancelled.',
    fields: ['connection', 'endpoint', 'lineage', ...COUNTERS],
  },
  sync_failed: {
    level: 'error',
    by: 'flow worker',
    text: 'A sync has ended with a failure.',
    fields: ['connection', 'endpoint', 'lineage', 'code', ...COUNTERS],
  },
  notice_failed: {
    level: 'warn',
    by: 'keeper worker',
    text: 'A try to deliver a notice has failed; it is tried again.',
    fields: ['destination', 'attempt', 'reason'],
  },
  notice_dead: {
    level: 'error',
    by: 'keeper worker',
    text: 'A notice is given up after three days, or since the destination is gone.',
    fields: ['destination', 'notices', 'reason'],
  },
  limit_unanswered: {
    level: 'warn',
    by: 'keeper worker',
    text: 'The limit workflow of a connection does not answer; the worker sends a quarter of its budget.',
    fields: ['connection'],
  },
  custom_function_threw: {
    level: 'error',
    by: 'keeper worker',
    text: 'A function of a custom authentication has thrown.',
    fields: ['authentication', 'function', 'error', 'stack'],
  },
  key_file_reachable: {
    level: 'warn',
    by: 'keeper worker',
    text: 'Others than its owner can reach the file of a private key.',
    fields: [],
  },
  search_attributes_missing: {
    level: 'warn',
    by: 'keeper worker',
    text: 'The namespace lacks search attributes, and they could not be registered.',
    fields: ['namespace'],
  },
  definitions_untold: {
    level: 'warn',
    by: 'keeper worker',
    text: 'Connections could not be told of a changed definition; they learn it later.',
    fields: [],
  },
  workflow_cache: {
    level: 'info',
    by: 'keeper worker',
    text: 'How many workflows a keeper worker keeps in memory, at its start.',
    fields: ['maxCachedWorkflows'],
  },
  workflow_cache_full: {
    level: 'warn',
    by: 'keeper worker',
    text: 'All places for workflows in memory are taken: connections are replayed; at most every six hours.',
    fields: ['maxCachedWorkflows'],
  },
  sealing_key_missing: {
    level: 'warn',
    by: 'keeper worker',
    text: 'Connections are sealed with a key that the worker lacks.',
    fields: ['keyId', 'connections'],
  },
} as const satisfies Record<string, LogEventDefinition>

export type LogEvent = keyof typeof LOG_EVENTS
export type LogFields<Event extends LogEvent> = {
  readonly [Name in (typeof LOG_EVENTS)[Event]['fields'][number]]?:
    string | number | readonly string[] | undefined
}

/** What stands beside the message of a line: its event, and what is known. */
export function logFields<Event extends LogEvent>(
  event: Event,
  fields: LogFields<Event>,
): Record<string, unknown> {
  return { event, ...withoutUndefined(fields) }
}
