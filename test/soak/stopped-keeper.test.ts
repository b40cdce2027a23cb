import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { Client, Connection } from '@temporalio/client'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { makeKey } from '../fixtures/whole-path.js'
import { startChild } from '../integration/child.js'
import type { StoppingKeeperInput } from '../integration/stopping-keeper.js'
import { until } from '../integration/until.js'

let connection: Connection
beforeAll(async () => {
  connection = await Connection.connect({ address: inject('temporalAddress') })
})
afterAll(() => connection.close())

const POLLING_MS = 60_000

async function registerNamespace(namespace: string): Promise<void> {
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
  })
  const client = new Client({ connection, namespace })
  await until(
    () =>
      client.workflow.count().then(
        () => true,
        () => false,
      ),
    Boolean,
    POLLING_MS,
  )
}

async function isPolled(namespace: string): Promise<boolean> {
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: 'tokenkeeper' },
    // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- 1 is a workflow queue on the wire
    taskQueueType: 1,
  })
  return pollers.length > 0
}

// A poll lasts a minute, and one that began before the namespace went is not refused.
describe.concurrent('a keeper whose polls Temporal refuses for good', () => {
  it.each(['keeper', 'plugin'] as const)(
    'as %s: its process ends by itself, with an exit code and a reason',
    async (as) => {
      const namespace = `stopped-${as}-${randomUUID().slice(0, 8)}`
      await registerNamespace(namespace)
      const { file: keyFile } = await makeKey()
      const input: StoppingKeeperInput = {
        address: inject('temporalAddress'),
        bundleUrl: inject('bundleUrl'),
        keyFile,
        namespace,
        as,
      }
      const child = await startChild('./stopping-keeper.ts', [], {
        PATH: process.env['PATH'] ?? '',
        KEEPER_INPUT: JSON.stringify(input),
      })
      let words = ''
      child.process.stderr?.on('data', (chunk: Buffer) => {
        words += chunk.toString()
      })
      const ended = once(child.process, 'exit')
      await until(() => isPolled(namespace), Boolean, POLLING_MS)
      expect(child.process.exitCode).toBeNull()
      await connection.operatorService.deleteNamespace({ namespace })
      const [code] = (await ended) as [number | null]
      expect(code).toBe(1)
      expect(words).toContain(
        "the keeper worker of task queue 'tokenkeeper' stopped without being asked",
      )
      expect(words).toContain('let this process end')
    },
    500_000,
  )
})
