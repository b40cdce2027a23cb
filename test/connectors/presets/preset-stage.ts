import { randomUUID } from 'node:crypto'
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import { expect, inject } from 'vitest'
import type { CredentialInput } from '../../../src/client/credential-input.js'
import type { Connector } from '../../../src/connectors/index.js'
import type { ConnectionStatus } from '../../../src/contract/token-status.js'
import { connectClient, makeKey, startKeeper, type TestClient } from '../../fixtures/whole-path.js'
import { type Canaries, evidence, findLeaks } from '../../integration/evidence.js'
import { testBundle } from '../../integration/stage.js'
import { until } from '../../integration/until.js'

const REDIRECT_URI = 'https://app.example/callback'

/** One preset on a real Temporal server, with a keeper worker of its own. */
export interface PresetStage extends TestClient {
  readonly status: () => Promise<ConnectionStatus>
  readonly statusWhen: (good: (status: ConnectionStatus) => boolean) => Promise<ConnectionStatus>
  /** Through the provider's authorization page; `browse` opens the URL and gives the redirect that comes back. */
  readonly connectByCode: (
    browse: (url: URL) => Promise<URL>,
    variables?: Readonly<Record<string, string>>,
  ) => Promise<ConnectionStatus>
  readonly connect: (credential: CredentialInput) => Promise<ConnectionStatus>
  /** Calls an endpoint from a flow. */
  readonly call: (
    endpoint: string,
    input?: Readonly<Record<string, unknown>>,
    maxWait?: string,
  ) => Promise<unknown>
  /** Ends everything; searches every history and log for the secrets that the fake knows. */
  readonly end: (canaries: Canaries) => Promise<void>
}

export async function startPresetStage(
  connector: Connector,
  account = 'default',
): Promise<PresetStage> {
  const run = randomUUID().slice(0, 8)
  const taskQueue = `preset-${run}`
  const address = inject('temporalAddress')
  const { file, publicKey } = await makeKey()
  const worker = await startKeeper(address, {
    keyFiles: [file],
    taskQueue,
    connectors: [connector],
    workflowBundle: await testBundle(),
  })
  const test = await connectClient(address, taskQueue, publicKey)
  const { keeper, client } = test
  const { id } = connector
  const status = (): Promise<ConnectionStatus> => keeper.status(id, account)
  const flows: string[] = []
  return {
    ...test,
    status,
    statusWhen: (good) => until(status, good),
    connectByCode: async (browse, variables) => {
      const begun = await keeper.beginAuthorization(id, account, {
        redirectUri: REDIRECT_URI,
        variables,
      })
      const callback = await browse(new URL(begun.url))
      const { binding } = begun
      return await keeper.completeAuthorization({ callback, binding, redirectUri: REDIRECT_URI })
    },
    connect: (credential) => keeper.connect(id, account, credential),
    call: async (endpoint, input = {}, maxWait = '60s') => {
      const workflowId = `preset-${run}-${String(flows.length)}`
      flows.push(workflowId)
      return await client.workflow.execute<(input: object) => Promise<unknown>>('callOnce', {
        taskQueue,
        workflowId,
        args: [{ connector: id, account, taskQueue, endpoint, input, maxWait }],
      })
    },
    end: async (canaries) => {
      const token = `token:${id}:${account}`
      for (const workflowId of [token, ...flows]) {
        const history = await client.workflow.getHandle(workflowId).fetchHistory()
        expect(findLeaks(historyToJSON(history), canaries), workflowId).toEqual([])
      }
      expect(findLeaks(evidence(), canaries), 'logs and errors').toEqual([])
      await client.workflow.getHandle(token).terminate('end of the test')
      await worker.stop()
      await test.close()
    },
  }
}
