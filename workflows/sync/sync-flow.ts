import {
  ApplicationFailure,
  CancellationScope,
  continueAsNew,
  proxyActivities,
  setCurrentDetails,
  sleep,
  workflowInfo,
} from '@temporalio/workflow'
import { parseConnection } from '../../src/contract/connection-ref.js'
import { toMilliseconds } from '../../src/contract/duration.js'
import { createFailure } from '../../src/contract/failure.js'
import type { FlowActivities } from '../../src/contract/flow-activities.js'
import type { Lease } from '../../src/contract/lease.js'
import type {
  SyncCheckpoint,
  SyncInput,
  SyncResult,
  SyncSliceResult,
} from '../../src/contract/sync.js'
import { KEEPER_TASK_QUEUE } from '../../src/contract/token-activities.js'
import { leaseHolder, type LeaseHolder, type LeaseOptions } from '../flow/lease-holder.js'
import { nextAfterRejection, type Rejection } from '../flow/rejections.js'

/**
 * Reads an endpoint page by page and hands every record to another: start it with the ordinary
 * Temporal client. Pages never pass through history; results and heartbeats are counters and cursors.
 */
export async function syncFlow(input: SyncInput): Promise<SyncResult> {
  const { from, to, waits, taskQueue, lineage } = readInput(input)
  const source = { ...input.from, connection: from.connection }
  const sink = { ...input.to, connection: to.connection }
  const activities = proxyActivities<FlowActivities>({
    taskQueue,
    startToCloseTimeout: '24h',
    heartbeatTimeout: '8s',
    retry: { initialInterval: '500ms', maximumInterval: '30s' },
    summary: `${from.connection} ${input.from.endpoint} to ${to.connection} ${input.to.endpoint}`,
  })
  let checkpoint: SyncCheckpoint = input.checkpoint ?? {
    counters: { pages: 0, read: 0, written: 0 },
  }
  /** The generation that each connection refused last, with no page accepted since. */
  const refused = new Map<string, number>()

  for (;;) {
    const [fromLease, toLease] = await keepingPlace(bothLeases(from, to, waits))
    const slice = await activities['tokenkeeper.sync']({
      from: source,
      to: sink,
      fromLease,
      toLease,
      lineage,
      checkpoint,
    })
    if (slice.checkpoint.counters.pages > checkpoint.counters.pages) refused.clear()
    checkpoint = slice.checkpoint
    setCurrentDetails(toDetails(checkpoint))
    if (slice.outcome === 'done') return toResult(checkpoint, lineage)
    await keepingPlace(follow(slice))
    if (workflowInfo().continueAsNewSuggested)
      return await continueAsNew<typeof syncFlow>({ ...input, lineage, checkpoint })
  }

  /** A failure for want of a connection carries the place to go on from. */
  async function keepingPlace<T>(work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      if (!(error instanceof ApplicationFailure)) throw error
      const { message, type, details } = error
      throw ApplicationFailure.create({
        message,
        ...(type === undefined || type === null ? {} : { type }),
        nonRetryable: true,
        details: [...(details ?? []), checkpoint],
      })
    }
  }

  async function follow(slice: Exclude<SyncSliceResult, { outcome: 'done' }>): Promise<void> {
    const holderOf = (name: string): LeaseHolder => (name === to.connection ? to : from)
    switch (slice.outcome) {
      case 'lease':
        for (const name of slice.connections) await renew(holderOf(name))
        return
      case 'rejected': {
        const before = refused.get(slice.connection)
        const rejection: Rejection = {
          ...slice,
          ...(before === undefined ? {} : { beforeGeneration: before }),
        }
        if (slice.outdated !== true) refused.set(slice.connection, slice.generation)
        await nextAfterRejection(holderOf(slice.connection), rejection, waits)
        return
      }
      case 'wait':
        await sleep(slice.waitMs, { summary: `${slice.connection}: ${slice.reason}` })
        return
      case 'draining':
      case 'report':
      case 'interrupted':
        return
    }
  }

  /** Lets go of a lease that is too short for another page, and takes the next one. */
  async function renew(holder: LeaseHolder): Promise<void> {
    holder.drop(await holder.lease(waits))
    await holder.lease(waits)
  }
}

async function bothLeases(
  from: LeaseHolder,
  to: LeaseHolder,
  waits: LeaseOptions,
): Promise<readonly [Lease, Lease]> {
  const scope = new CancellationScope()
  return await scope.run(async () => {
    const asked = [from.lease(waits), to.lease(waits)] as const
    try {
      return await Promise.all(asked)
    } catch (error) {
      // The other one must not be waited for any more, nor leave a waiter behind.
      scope.cancel()
      await Promise.allSettled(asked)
      throw error
    }
  })
}

function readInput(input: SyncInput) {
  const fromRef = parseConnection(input.from.connection)
  const toRef = parseConnection(input.to.connection)
  if (fromRef === undefined || toRef === undefined)
    throw createFailure(
      'InvalidConnection',
      `from.connection and to.connection are written as 'shopify/acme' or 'erp'`,
    )
  const maxWaitMs = input.maxWait === undefined ? undefined : toMilliseconds(input.maxWait)
  if (input.maxWait !== undefined && maxWaitMs === undefined)
    throw createFailure('InvalidInput', `maxWait is no duration; write it as '2 hours'`)
  const taskQueue = input.keeperTaskQueue ?? KEEPER_TASK_QUEUE
  const { workflowId, firstExecutionRunId } = workflowInfo()
  return {
    from: leaseHolder(fromRef, taskQueue),
    to: leaseHolder(toRef, taskQueue),
    waits: maxWaitMs === undefined ? {} : { maxWaitMs },
    taskQueue,
    lineage: input.lineage ?? `${workflowId}/${firstExecutionRunId}`,
  }
}

function toResult({ counters, setAside = [] }: SyncCheckpoint, lineage: string): SyncResult {
  const { setAside: count = 0 } = counters
  return { ...counters, setAside: count, setAsideRecords: setAside, waits: [], lineage }
}

function toDetails(checkpoint: SyncCheckpoint): string {
  const { pages, read, written } = checkpoint.counters
  return `pages **${String(pages)}** · read **${String(read)}** · written **${String(written)}**`
}
