import { type ConnectionRef, formatConnection, parseConnection } from './connection-ref.js'
import { toMarkdown, toSummary } from './foreign-text.js'
import { isFunctionSink, type SyncEnd, type SyncSink } from './sync.js'

/**
 * What Temporal's Web UI and CLI show of a workflow from its start on: a line, and Markdown. Names of others
 * are escaped in both. How it is by now stands in its current details.
 */
export interface StaticTexts {
  readonly staticSummary: string
  readonly staticDetails: string
}

export function tokenTexts(ref: ConnectionRef): StaticTexts {
  const connection = formatConnection(ref)
  const shown = toMarkdown(connection)
  return {
    staticSummary: toSummary(`token of ${connection}`),
    staticDetails: [
      `Holds the credential of **${shown}**, refreshes its token before it ends, and lends it to flows.`,
      'How it is, what is wrong and what to do stand in the **current details**, and in what `npx tokenkeeper status` tells.',
      '**Do not terminate or reset it**: it holds the only copy of the credential. `npx tokenkeeper revoke` ends the connection.',
    ].join('\n\n'),
  }
}

export function limitTexts(ref: ConnectionRef): StaticTexts {
  const connection = formatConnection(ref)
  return {
    staticSummary: toSummary(`budget of ${connection}`),
    staticDetails: `Shares the requests that **${toMarkdown(connection)}** allows among the keeper workers. It ends by itself after five minutes without a request; terminating it loses nothing.`,
  }
}

export function watermarkTexts(incrementalId: string): StaticTexts {
  return {
    staticSummary: toSummary(`watermark of ${incrementalId}`),
    staticDetails: `Keeps how far the syncs of **${toMarkdown(incrementalId, LONGEST_NAME)}** have read. Where it is terminated, the next sync reads everything anew.`,
  }
}

export function noticesTexts(taskQueue: string): StaticTexts {
  return {
    staticSummary: toSummary(`notices of the keeper workers of ${taskQueue}`),
    staticDetails:
      'Tells people of connections and syncs that need somebody. What waits and what could not be delivered stand in the **current details**; terminating it loses what waits.',
  }
}

/** A sync, as `npx tokenkeeper sync start` starts it. */
export function syncTexts({ from, to }: SyncRoute): StaticTexts {
  return {
    staticSummary: toSummary(`${endOf(from)} to ${sinkOf(to)}`),
    staticDetails: `Moves records: ${describeRoute({ from, to })}. Its progress, what it waits for and until when stand in the **current details**, and in what \`npx tokenkeeper progress\` tells.`,
  }
}

/** From where to where. */
export interface SyncRoute {
  readonly from: Pick<SyncEnd, 'connection' | 'endpoint'>
  readonly to: SyncSink
}

/** From where to where, as Markdown. */
export function describeRoute({ from, to }: SyncRoute): string {
  return `from **${toMarkdown(endOf(from), LONGEST_NAME)}** to **${toMarkdown(sinkOf(to), LONGEST_NAME)}**`
}

const LONGEST_NAME = 300

function sinkOf(to: SyncSink): string {
  return isFunctionSink(to) ? `the function ${to.sink}` : endOf(to)
}

function endOf({ connection, endpoint }: SyncRoute['from']): string {
  const ref = parseConnection(connection)
  return `${ref === undefined ? connection : formatConnection(ref)} ${endpoint}`
}
