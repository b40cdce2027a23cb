import { randomUUID } from 'node:crypto'
import type { Client } from '@temporalio/client'
import {
  KEEPER_REPORT_FLOW,
  type KeeperReport,
  type KeeperReportInput,
  type KeeperReportResult,
} from '../../contract/keeper-report.js'

/** Each round asks so many times as there are workers; whoever is free answers. */
const TIMES_A_WORKER = 4
const MOST_ROUNDS = 3
const MOST_REPORTS = 100
const REPORT_WITHIN = '20s'

export interface KeepersAsked {
  readonly reports: readonly KeeperReport[]
  /** How far this machine's clock is ahead of the server's, at least and at most. */
  readonly here?: { readonly leastMs: number; readonly mostMs: number } | undefined
}

/** Asks the keeper workers of a task queue how they are, until each of those that poll has answered. */
export async function askKeepers(
  client: Client,
  taskQueue: string,
  polling: readonly string[],
): Promise<KeepersAsked> {
  const reports = new Map<string, KeeperReport>()
  let here: KeepersAsked['here']
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const askedMs = Date.now()
    const result = await askKeeper(client, taskQueue, Math.max(1, polling.length) * TIMES_A_WORKER)
    if (result === undefined) break
    here ??= {
      leastMs: askedMs - result.startedAtMs,
      mostMs: Date.now() - result.startedAtMs,
    }
    for (const report of result.reports) reports.set(report.identity, report)
    if (polling.every((identity) => reports.has(identity))) break
  }
  return { reports: [...reports.values()], here }
}

/** Undefined where nobody answered in time. */
async function askKeeper(
  client: Client,
  taskQueue: string,
  times: number,
): Promise<KeeperReportResult | undefined> {
  try {
    return await client.workflow.execute<(input: KeeperReportInput) => Promise<KeeperReportResult>>(
      KEEPER_REPORT_FLOW,
      {
        workflowId: `tokenkeeper:doctor:${randomUUID()}`,
        taskQueue,
        args: [{ times: Math.min(times, MOST_REPORTS) }],
        workflowExecutionTimeout: REPORT_WITHIN,
        staticSummary: 'how are the keeper workers?',
      },
    )
  } catch {
    return undefined
  }
}
