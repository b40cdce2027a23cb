import type { Client } from '@temporalio/client'
import type { TokenkeeperClient } from '../../client/tokenkeeper-client.js'
import { listPollers, livingPollers } from '../../client/list-pollers.js'
import { quoteText } from '../../client/replay/list-query.js'
import { parseConnection, tokenWorkflowId } from '../../contract/connection-ref.js'
import type { ConnectionStatus } from '../../contract/token-status.js'
import { packageVersion } from '../../package/package-version.js'
import { askKeepers } from './ask-keepers.js'
import {
  type ConnectionsSeen,
  judgeConnections,
  judgeConnectors,
  judgeEnds,
  connectionsByKey,
} from './check-connections.js'
import { checkFlowWorkers, flowTaskQueues, sdkVersions } from './check-flows.js'
import {
  judgeClocks,
  judgeKeepers,
  judgeKeys,
  judgeProxies,
  judgeVersions,
} from './check-keepers.js'
import { checkProject } from './check-project.js'
import { checkNamespace, checkSearchAttributes, checkServer } from './check-server.js'
import { checkWorkflowTasks } from './check-tasks.js'
import type { Finding } from './finding.js'

/** How many connections are asked at once. */
const STATUSES_AT_ONCE = 20
/** After so many without an answer in a row nobody else is asked: no worker answers. */
const SILENT_IN_A_ROW = 40

export interface Examined {
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
export async function examine(examined: Examined): Promise<readonly Finding[]> {
  const { client, address, taskQueue } = examined
  const { connection, options } = client
  const { namespace } = options
  const server = await checkServer(client, address)
  if (server.outcome === 'problem') return [server]
  const place = await checkNamespace(client)
  if (place.outcome === 'problem') return [server, place]
  const polling = await listPollers(connection, namespace, taskQueue).then(
    (pollers) => livingPollers(pollers, Date.now()),
    () => 'unknown' as const,
  )
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
    judgeKeepers({ taskQueue, polling, reports: asked?.reports }),
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
