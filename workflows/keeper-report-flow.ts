import { proxyActivities, workflowInfo } from '@temporalio/workflow'
import type {
  KeeperActivities,
  KeeperReport,
  KeeperReportInput,
  KeeperReportResult,
} from '../src/contract/keeper-report.js'
import { isCount } from '../src/contract/outside-values.js'
import { followDeployments } from './runtime/long-lived.js'
import { invalidInput, readInput } from './runtime/read-input.js'

const MOST_TIMES = 100
const EXPECTED_REPORT = '{"times":8}. npx tokenkeeper doctor starts it by itself'

/** Asks the keeper workers of its task queue how they are; who does not answer in time is left out. */
export async function keeperReportFlow(input: KeeperReportInput): Promise<KeeperReportResult> {
  const { times } = readInput(input, EXPECTED_REPORT)
  if (!isCount(times, MOST_TIMES) || times === 0)
    throw invalidInput(`the times are a whole number from 1 to ${MOST_TIMES}`, EXPECTED_REPORT)
  const activities = proxyActivities<KeeperActivities>({
    scheduleToCloseTimeout: '10s',
    startToCloseTimeout: '5s',
    retry: { maximumAttempts: 2 },
    summary: 'how is the keeper worker?',
  })
  const answers = await Promise.all(
    Array.from({ length: times }, () => activities['tokenkeeper.report']().catch(() => undefined)),
  )
  const reports = new Map<string, KeeperReport>()
  for (const report of answers) if (report !== undefined) reports.set(report.identity, report)
  return { startedAtMs: workflowInfo().startTime.getTime(), reports: [...reports.values()] }
}

followDeployments(keeperReportFlow)
