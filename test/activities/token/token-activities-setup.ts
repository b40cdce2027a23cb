import { MockActivityEnvironment } from '@temporalio/testing'
import { DefaultLogger } from '@temporalio/worker'
import { Keeper, type KeeperParts } from '../../../activities/keeper/keeper.js'
import { createTokenQueueActivities } from '../../../activities/index.js'
import type { Connector } from '../../../src/connectors/index.js'
import { parseConnection, tokenWorkflowId } from '../../../src/contract/connection-ref.js'
import type { Sealed, SealPurpose } from '../../../src/contract/sealed.js'
import type { TokenActivities } from '../../../src/contract/token-activities.js'
import { generateKeyPair } from '../../../src/sealing/key-pair.js'
import { createKeyring, type Keyring } from '../../../src/sealing/keyring.js'

export const RUN_ID = '11111111-1111-1111-1111-111111111111'
export const CONNECTION = 'shop/acme'

/** Whom the Temporal server names as the one that asks: the token workflow of a connection. */
export function asTokenWorkflow(connection: string) {
  const ref = parseConnection(connection)
  const workflowId = ref === undefined ? 'token:none:none' : tokenWorkflowId(ref)
  return { workflowType: 'tokenWorkflow', workflowExecution: { workflowId, runId: RUN_ID } }
}

export interface Setup {
  readonly keyring: Keyring
  /** What the keeper of the activities is made of. */
  readonly parts: KeeperParts
  readonly activities: TokenActivities
  /** Runs one of the activities as the worker would; its heartbeats are in `heartbeats`. */
  readonly run: <Name extends keyof TokenActivities>(
    name: Name,
    input: Parameters<TokenActivities[Name]>[0],
  ) => Promise<Awaited<ReturnType<TokenActivities[Name]>>>
  readonly heartbeats: number[]
  readonly seal: (
    value: Readonly<Record<string, string>> | string,
    purpose: SealPurpose,
    connection?: string,
  ) => Promise<Sealed>
  /** The fields of a sealed token or grant. */
  readonly open: (sealed: Sealed, purpose: SealPurpose) => Promise<Record<string, string>>
}

/** The token activities with a real keyring and the real allow-list. */
export async function setUpTokenActivities(
  connectors: readonly Connector[],
  options: Partial<KeeperParts> & { readonly client?: object } = {},
): Promise<Setup> {
  const { client, ...more } = options
  const { privateKey } = await generateKeyPair()
  const keyring = await createKeyring([privateKey])
  const parts: KeeperParts = {
    connectors: new Map(connectors.map((connector) => [connector.id, connector])),
    keyring,
    listSearchAttributes: () => Promise.resolve({}),
    ...more,
  }
  const activities = createTokenQueueActivities(new Keeper(parts))
  const heartbeats: number[] = []
  return {
    keyring,
    parts,
    activities,
    heartbeats,
    run: async (name, input) => {
      const environment = new MockActivityEnvironment(
        { ...asTokenWorkflow(input.connection), heartbeatTimeoutMs: 5000 },
        { logger: new DefaultLogger('ERROR'), ...(client && { client: client as never }) },
      )
      environment.on('heartbeat', () => heartbeats.push(Date.now()))
      return await environment.run<[typeof input], never, never>(activities[name] as never, input)
    },
    seal: (value, purpose, connection = CONNECTION) =>
      keyring.seal(typeof value === 'string' ? value : JSON.stringify(value), {
        connection,
        purpose,
      }),
    open: async (sealed, purpose) => {
      const text = await keyring.open(sealed, { connection: CONNECTION, purpose })
      return JSON.parse(text.reveal()) as Record<string, string>
    },
  }
}
