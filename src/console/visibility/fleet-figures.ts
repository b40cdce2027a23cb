import type { Client } from '@temporalio/client'
import type { TokenkeeperClient } from '../../client/tokenkeeper-client.js'
import { toCondition } from '../../contract/condition.js'
import { FAILURES } from '../../contract/failures.js'
import { TOKEN_STATUSES, type TokenStatus } from '../../contract/token-status.js'
import { connectionQuery } from './connection-list.js'
import { countExecutions } from './list-page.js'

/** How often something is the cause. */
export interface CauseCount {
  readonly code: string
  readonly count: number
}

export interface FleetCounts {
  readonly byStatus: Readonly<Partial<Record<TokenStatus, number>>>
  /** Connections whose refresh fails, by how soon their tokens end. */
  readonly endings: readonly { readonly within: string; readonly count: number }[]
  /** Syncs that ended without being done in the last seven days. */
  readonly syncFailures: readonly CauseCount[]
}

/** What only the connections themselves know. */
export interface FleetSurvey {
  readonly isUnderWay: boolean
  readonly asked: number
  readonly finishedAtMs: number | undefined
  /** Causes of connections that are not well. */
  readonly causes: readonly CauseCount[]
  readonly keys: readonly { readonly keyId: string; readonly count: number }[]
  /** More than these were not asked. */
  readonly isCut: boolean
}

const COUNTS_FRESH_MS = 20_000
const MOST_ASKED = 20_000
const WEEK_MS = 7 * 86_400_000

interface Source {
  readonly client: Client
  readonly keeper: TokenkeeperClient
  readonly taskQueue: string
}

/**
 * Figures of all connections. Counts come from visibility and are kept for some seconds, whoever looks; what
 * only a connection knows is asked for one survey at a time, when somebody starts it.
 */
export class FleetFigures {
  readonly #source: Source
  #counts: { readonly atMs: number; readonly counts: Promise<FleetCounts> } | undefined
  #survey: FleetSurvey = {
    isUnderWay: false,
    asked: 0,
    finishedAtMs: undefined,
    causes: [],
    keys: [],
    isCut: false,
  }

  constructor(source: Source) {
    this.#source = source
  }

  get survey(): FleetSurvey {
    return this.#survey
  }

  /** @throws TokenkeeperError `Unavailable` */
  async counts(nowMs: number): Promise<FleetCounts> {
    if (this.#counts === undefined || nowMs - this.#counts.atMs > COUNTS_FRESH_MS)
      this.#counts = { atMs: nowMs, counts: countFleet(this.#source, nowMs) }
    try {
      return await this.#counts.counts
    } catch (error) {
      this.#counts = undefined
      throw error
    }
  }

  /** Asks each connection for its keys and its trouble, at the pace of the client's list; one survey at a time. */
  startSurvey(onFailed: (error: unknown) => void): void {
    if (this.#survey.isUnderWay) return
    this.#survey = { ...this.#survey, isUnderWay: true, asked: 0 }
    this.#ask()
      .catch(onFailed)
      .finally(() => {
        this.#survey = { ...this.#survey, isUnderWay: false }
      })
  }

  async #ask(): Promise<void> {
    const keys = new Map<string, number>()
    const causes = new Map<string, number>()
    let asked = 0
    for await (const { asked: status } of this.#source.keeper.list({
      ask: 'all',
      limit: MOST_ASKED,
    })) {
      asked += 1
      for (const id of status?.keyIds ?? []) keys.set(id, (keys.get(id) ?? 0) + 1)
      const condition = status && toCondition(status)
      if (condition !== undefined && ['person', 'mending'].includes(condition.level)) {
        const cause = condition.code ?? condition.reason ?? condition.status
        causes.set(cause, (causes.get(cause) ?? 0) + 1)
      }
      this.#survey = { ...this.#survey, asked }
    }
    this.#survey = {
      isUnderWay: true,
      asked,
      finishedAtMs: Date.now(),
      causes: largestFirst(causes).map(([code, count]) => ({ code, count })),
      keys: largestFirst(keys).map(([keyId, count]) => ({ keyId, count })),
      isCut: asked >= MOST_ASKED,
    }
  }
}

async function countFleet({ client, taskQueue }: Source, nowMs: number): Promise<FleetCounts> {
  const failing = connectionQuery(taskQueue, { status: 'degraded', tags: [] })
  const byStatus = await Promise.all(
    TOKEN_STATUSES.map(async (status) => {
      const count = await countExecutions(client, connectionQuery(taskQueue, { status, tags: [] }))
      return [status, count] as const
    }),
  )
  const endings = await Promise.all(
    [
      ['1 hour', 3_600_000],
      ['24 hours', 86_400_000],
      ['7 days', WEEK_MS],
    ].map(async ([within, ms]) => {
      const from = new Date(nowMs).toISOString()
      const to = new Date(nowMs + Number(ms)).toISOString()
      const query = `${failing} AND TokenkeeperExpiresAt BETWEEN '${from}' AND '${to}'`
      return { within: String(within), count: await countExecutions(client, query) }
    }),
  )
  return {
    byStatus: Object.fromEntries(byStatus),
    endings,
    syncFailures: await countFailures(client, nowMs),
  }
}

async function countFailures(client: Client, nowMs: number): Promise<readonly CauseCount[]> {
  const since = new Date(nowMs - WEEK_MS).toISOString()
  const ended = `WorkflowType = 'syncFlow' AND ExecutionStatus IN ('Failed', 'TimedOut', 'Terminated', 'Canceled') AND CloseTime > '${since}'`
  const total = await countExecutions(client, ended)
  if (total === 0) return []
  const counted = await Promise.all(
    Object.keys(FAILURES).map(async (code) => ({
      code,
      count: await countExecutions(client, `${ended} AND TokenkeeperFailure = '${code}'`),
    })),
  )
  const known = counted.filter(({ count }) => count > 0)
  const told = known.reduce((sum, { count }) => sum + count, 0)
  if (total > told) known.push({ code: 'terminated or timed out', count: total - told })
  return known.sort((one, other) => other.count - one.count)
}

function largestFirst(counts: ReadonlyMap<string, number>): readonly (readonly [string, number])[] {
  return [...counts].sort(([, one], [, other]) => other - one)
}
