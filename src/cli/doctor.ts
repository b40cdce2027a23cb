import type { Client } from '@temporalio/client'
import { EXIT } from './frame/exit-codes.js'
import { type OutputOptions, show, counted } from './frame/output.js'
import type { TemporalOptions } from './temporal/temporal-options.js'
import { temporalTarget } from './temporal/temporal-target.js'
import { withKeeper } from './temporal/with-keeper.js'
import type { Line, Style } from './terminal/styled-line.js'
import { wrapTo } from './terminal/text-width.js'
import { type Finding, type Outcome, ok, problem } from './doctor/finding.js'
import type { TokenkeeperClient } from '../client/tokenkeeper-client.js'
import { listPollers, livingPollers } from '../client/list-pollers.js'
import { quoteText } from '../client/replay/list-query.js'
import { parseConnection, tokenWorkflowId } from '../contract/connection-ref.js'
import type { ConnectionStatus } from '../contract/token-status.js'
import { syncQueueOf, workQueueOf } from '../contract/task-queues.js'
import { packageVersion } from '../package/package-version.js'
import { askKeepers } from './doctor/ask-keepers.js'
import {
  type ConnectionsSeen,
  judgeConnections,
  judgeConnectors,
  judgeEnds,
  connectionsByKey,
} from './doctor/check-connections.js'
import {
  checkFlowWorkers,
  checkWorkflowTasks,
  flowTaskQueues,
  sdkVersions,
} from './doctor/check-flows.js'
import { judgeClocks, judgeKeepers, judgeProxies, judgeVersions } from './doctor/check-keepers.js'
import { judgeKeys } from './doctor/check-keys.js'
import { checkNamespace, checkSearchAttributes, checkServer } from './doctor/check-server.js'

export interface DoctorOptions extends TemporalOptions, OutputOptions {
  readonly flows: readonly string[]
  readonly module?: string | undefined
}

/** `tokenkeeper doctor`: looks at everything, and says what to do. Exit code 1 where somebody is needed. */
export async function doctor(options: DoctorOptions): Promise<void> {
  const { address } = temporalTarget(options)
  const { flows, module } = options
  const findings = await withKeeper(options, ({ client, keeper, taskQueue }) =>
    examine({ client, keeper, address, taskQueue, flows, module }),
  )
  const needsPerson = findings.some(({ outcome }) => outcome === 'problem')
  show(options, {
    value: { needsPerson, findings },
    lines: ({ columns }) => findingLines(findings, columns),
  })
  if (needsPerson) process.exitCode = EXIT.person
}

/** How many connections are asked at once. */
const STATUSES_AT_ONCE = 20
/** After so many without an answer in a row nobody else is asked: no worker answers. */
const SILENT_IN_A_ROW = 40

interface Examined {
  readonly client: Client
  readonly keeper: TokenkeeperClient
  /** Temporal's address, for messages. */
  readonly address: string
  /** The keeper workers'. */
  readonly taskQueue: string
  /** Task queues of flow workers, beside those on which flows run now. */
  readonly flows: readonly string[]
  /** The project's module, where its connectors are to be looked at. */
  readonly module?: string | undefined
}

/** Looks at an installation, whole. What can't be looked at is a finding of its own; nothing is changed. */
async function examine(examined: Examined): Promise<readonly Finding[]> {
  const { client, address, taskQueue } = examined
  const { connection, options } = client
  const { namespace } = options
  const server = await checkServer(client, address)
  if (server.outcome === 'problem') return [server]
  const place = await checkNamespace(client)
  if (place.outcome === 'problem') return [server, place]
  const pollersOf = async (queue: string): Promise<readonly string[] | 'unknown'> =>
    listPollers(connection, namespace, queue).then(
      (pollers) => livingPollers(pollers, Date.now()),
      () => 'unknown',
    )
  const polling = await pollersOf(taskQueue)
  const working = await pollersOf(workQueueOf(taskQueue))
  const syncing = await pollersOf(syncQueueOf(taskQueue))
  const isRunning = polling === 'unknown' || polling.length > 0
  const asked = isRunning
    ? await askKeepers(client, taskQueue, polling === 'unknown' ? [] : polling)
    : undefined
  const reports = asked?.reports ?? []
  const seen = await askConnections(examined, reports.length > 0)
  const queues = [...new Set([...examined.flows, ...(await flowTaskQueues(client, taskQueue))])]
  const silent = seen.silent.flatMap((name) => {
    const ref = parseConnection(name)
    return ref === undefined ? [] : [tokenWorkflowId(ref)]
  })
  const sdks = await sdkVersions(connection, namespace, queues)
  return [
    server,
    place,
    await checkSearchAttributes(client),
    judgeKeepers({ taskQueue, polling, working, syncing, reports: asked?.reports }),
    ...(await checkFlowWorkers(connection, namespace, queues, Date.now())),
    ...judgeVersions(reports, { tokenkeeper: packageVersion() }, sdks),
    ...judgeKeys(connectionsByKey(seen.statuses), reports, seen.silent.length > 0),
    ...judgeClocks({ reports, here: asked?.here }),
    ...judgeProxies(reports),
    ...(await checkProject(examined.module)),
    ...judgeConnectors(seen.statuses, reports),
    ...judgeConnections(seen),
    ...judgeEnds(seen.statuses, Date.now()),
    await checkWorkflowTasks(client, [taskQueue, ...queues], silent),
  ]
}

/** Asks every connection of a task queue how it is; without a worker nobody answers, and nobody is waited for. */
async function askConnections(
  { client, keeper, taskQueue }: Examined,
  answers: boolean,
): Promise<ConnectionsSeen> {
  const query = `WorkflowType = 'tokenWorkflow' AND ExecutionStatus = 'Running' AND TaskQueue = ${quoteText(taskQueue)}`
  const found = client.workflow.list({ query })[Symbol.asyncIterator]()
  const statuses: ConnectionStatus[] = []
  const silent: string[] = []
  let inARow = answers ? 0 : SILENT_IN_A_ROW
  const askNext = async (): Promise<void> => {
    for (;;) {
      const next = await found.next()
      if (next.done === true) return
      const ref = parseConnection(next.value.workflowId.replace(/^token:([^:]*):/, '$1/'))
      if (ref === undefined) continue
      const status =
        inARow >= SILENT_IN_A_ROW
          ? undefined
          : await keeper.status(ref.connector, ref.account).catch(() => undefined)
      inARow = status === undefined ? inARow + 1 : 0
      if (status === undefined) silent.push(`${ref.connector}/${ref.account}`)
      else statuses.push(status)
    }
  }
  await Promise.all(Array.from({ length: STATUSES_AT_ONCE }, askNext))
  return { statuses, silent }
}

/** Whether the connectors of a project's module are valid; asked for, or where there is such a module. */
async function checkProject(module: string | undefined): Promise<readonly Finding[]> {
  const check = 'connectors'
  const { findProjectModule, loadProject } = await import('../worker/project/load-project.js')
  if (module === undefined && findProjectModule() === undefined) return []
  try {
    const { connectors } = await loadProject(module)
    const ids = connectors.map(({ id }) => id).join(', ')
    return [ok(check, `The project here defines ${ids}, and each of them is valid.`)]
  } catch (error) {
    return [
      problem(
        check,
        `The project here can't be loaded: ${error instanceof Error ? error.message : 'it threw what is no error'}`,
        'Mend what it names; a keeper worker of it does not start.',
      ),
    ]
  }
}

const MARKS: Readonly<Record<Outcome, readonly [mark: string, style: Style]>> = {
  ok: ['ok', 'good'],
  note: ['note', 'warning'],
  problem: ['PROBLEM', 'bad'],
  unknown: ['?', 'dim'],
}
const MARK_WIDTH = 8
const LEAST_WIDTH = 40

/** What was found, for people: what to do stands below what is wrong. */
function findingLines(findings: readonly Finding[], columns: number): readonly Line[] {
  const width = Math.max(columns - MARK_WIDTH, LEAST_WIDTH)
  const indent = ' '.repeat(MARK_WIDTH)
  const lines = findings.flatMap(({ check, outcome, message, todo }): readonly Line[] => {
    const [mark, style] = MARKS[outcome]
    const [first = '', ...rest] = wrapTo(`${check}: ${message}`, width)
    const todoLines = todo === undefined ? [] : wrapTo(`-> ${todo}`, width)
    return [
      [{ text: mark.padEnd(MARK_WIDTH), style }, first],
      ...rest.map((line) => `${indent}${line}`),
      ...todoLines.map((text): Line => [indent, { text, style: 'strong' }]),
    ]
  })
  const problems = findings.filter(({ outcome }) => outcome === 'problem').length
  const summary: Line =
    problems === 0
      ? [{ text: 'Nobody is needed.', style: 'good' }]
      : [{ text: `${counted(problems, 'thing needs', 'things need')} somebody.`, style: 'bad' }]
  return [...lines, '', summary]
}
