import { Connection } from '@temporalio/client'
import { hostname } from 'node:os'
import { KEEPER_TASK_QUEUE } from '../contract/task-queues.js'
import { type HostPort, formatHostPort, type WorkerHealth } from '../contract/worker-health.js'
import { type OutputOptions, show } from './frame/output.js'
import { taskQueueOf, type TemporalOptions } from './temporal/temporal-options.js'
import { temporalTarget } from './temporal/temporal-target.js'
import { EXIT } from './frame/exit-codes.js'
import { listPollers, type Poller, POLLED_WITHIN_MS } from '../client/list-pollers.js'

export interface DoctorWorkerOptions extends TemporalOptions, OutputOptions {
  readonly health?: HostPort | undefined
  readonly workerIdentity?: string | undefined
}

/** `tokenkeeper doctor --worker`: the health check of a container. Exit code 1 unless the worker is alive. */
export async function doctorWorker(options: DoctorWorkerOptions): Promise<void> {
  const { address, connectionOptions, namespace } = temporalTarget(options)
  const connection = await Connection.connect({
    ...connectionOptions,
    connectTimeout: '3s',
  }).catch(() => undefined)
  try {
    const { health, workerIdentity: identity } = options
    const taskQueue = taskQueueOf(options) ?? KEEPER_TASK_QUEUE
    const verdict = await checkWorker(
      { taskQueue, namespace, address, health, identity, connection },
      Date.now(),
    )
    show(options, { value: verdict, lines: () => [verdict.message] })
    if (verdict.outcome !== 'alive') process.exitCode = EXIT.person
  } finally {
    await connection?.close()
  }
}

/** `unknown`: the worker is not known to be dead, and not known to be alive either. */
interface WorkerVerdict {
  readonly outcome: 'alive' | 'dead' | 'unknown'
  /** What was seen, in a sentence; what to do, where there is something. */
  readonly message: string
}

interface WorkerToCheck {
  readonly taskQueue: string
  readonly namespace: string
  /** Temporal's address, for messages. */
  readonly address: string
  /** The address at which the worker serves its health, if there is one. */
  readonly health?: HostPort | undefined
  /** The identity by which the server knows it. Default: what its health says, else any worker of this host. */
  readonly identity?: string | undefined
  /** Undefined where Temporal can't be reached. */
  readonly connection: Connection | undefined
}

const HEALTH_DEADLINE_MS = 2000
const SERVER_DEADLINE_MS = 4000

/**
 * Tells a worker that is dead, hangs or has given up from a server that is reachable: the worker is asked
 * itself where it has a health address, and the server who asks for work.
 */
async function checkWorker(worker: WorkerToCheck, nowMs: number): Promise<WorkerVerdict> {
  const health = worker.health && (await askHealth(worker.health))
  if (worker.health !== undefined && health === undefined)
    return {
      outcome: 'dead',
      message: `The worker does not answer at ${formatHostPort(worker.health)}: it has ended, or hangs. Start it again, and read its log.`,
    }
  if (health?.alive === false)
    return {
      outcome: 'dead',
      message: `The worker answers, but does not work: it is ${health.state}${pollerStates(health)}. While it starts or ends that is right; else start it again, and read its log.`,
    }
  // A worker of its own says itself of which task queue it is.
  const known = { ...worker, taskQueue: health?.taskQueue ?? worker.taskQueue }
  const pollers = worker.connection && (await askServer(worker.connection, known))
  if (pollers === undefined)
    return health === undefined
      ? {
          outcome: 'unknown',
          message: `Temporal can't be asked at ${worker.address}, and the worker has no health address to ask: give both --health <port>.`,
        }
      : {
          outcome: 'alive',
          message: `The worker is alive (${health.state}); Temporal can't be asked at ${worker.address}, so it has nothing to do until that is back.`,
        }
  return judgePollers(known, pollers, nowMs, health)
}

/** Whether the worker asks for work, by what the server lists; workers that have gone stay in that list for a while. */
export function judgePollers(
  { taskQueue, identity }: Pick<WorkerToCheck, 'taskQueue' | 'identity'>,
  pollers: readonly Poller[],
  nowMs: number,
  health?: WorkerHealth,
): WorkerVerdict {
  const wanted = identity ?? health?.identity
  const host = hostname()
  const own = pollers.filter((poller) =>
    wanted === undefined ? poller.identity.endsWith(`@${host}`) : poller.identity === wanted,
  )
  const who = wanted === undefined ? `a worker of this host (${host})` : `'${wanted}'`
  const latestMs = Math.max(...own.map(({ lastAccessMs = nowMs }) => lastAccessMs))
  const agoMs = Math.max(0, nowMs - latestMs)
  const ago = `${Math.round(agoMs / 1000)} s ago`
  if (own.length > 0 && agoMs <= POLLED_WITHIN_MS)
    return {
      outcome: 'alive',
      message: `The worker is alive${health === undefined ? '' : ` (${health.state})`}: ${who} asked for work of '${taskQueue}' ${ago}.`,
    }
  // A worker that knows itself to be polling may have begun a moment ago. Later the server not listing it says
  // the same as an old poll: servers forget those that asked minutes ago.
  const hasBegun = health !== undefined && nowMs - health.startedAtMs <= POLLED_WITHIN_MS
  if (health?.alive === true && own.length === 0 && hasBegun)
    return {
      outcome: 'alive',
      message: `The worker is alive (${health.state}); the server does not list it on '${taskQueue}' yet.`,
    }
  const which = wanted === undefined ? `No worker of this host (${host})` : `No worker '${wanted}'`
  return {
    outcome: 'dead',
    message:
      own.length === 0
        ? `${which} asks for work of '${taskQueue}': start it, or name its task queue (--task-queue) or identity (--worker-identity).`
        : `${which} asks for work of '${taskQueue}' any more, the last one ${ago}: it has ended, or hangs. Start it again.`,
  }
}

function pollerStates({ workflowPollers, activityPollers, beside = [] }: WorkerHealth): string {
  if (workflowPollers === undefined) return ''
  const others = beside.map(
    (worker) =>
      `, its worker of '${worker.taskQueue}' ${worker.state} with activity pollers ${worker.activityPollers}`,
  )
  return `, its workflow pollers ${workflowPollers}, its activity pollers ${activityPollers ?? 'unknown'}${others.join('')}`
}

/** Undefined where nobody answers as a worker does. */
async function askHealth(address: HostPort): Promise<WorkerHealth | undefined> {
  // Listening on all addresses, it is asked on this machine's own.
  const host = { '0.0.0.0': '127.0.0.1', '::': '::1' }[address.host] ?? address.host
  try {
    const response = await fetch(`http://${formatHostPort({ ...address, host })}/`, {
      signal: AbortSignal.timeout(HEALTH_DEADLINE_MS),
      redirect: 'error',
    })
    const health = (await response.json()) as Partial<WorkerHealth> | null
    return typeof health?.alive === 'boolean' && typeof health.state === 'string'
      ? (health as WorkerHealth)
      : undefined
  } catch {
    return undefined
  }
}

async function askServer(
  connection: Connection,
  { namespace, taskQueue }: WorkerToCheck,
): Promise<readonly Poller[] | undefined> {
  try {
    return await connection.withDeadline(Date.now() + SERVER_DEADLINE_MS, () =>
      listPollers(connection, namespace, taskQueue),
    )
  } catch {
    return undefined
  }
}
