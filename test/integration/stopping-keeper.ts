import { NativeConnection, Worker } from '@temporalio/worker'
import { apiKey, defineConnector, get, secret } from '../../src/connectors/index.js'
import { TokenkeeperPlugin } from '../../src/plugin.js'
import { createKeeperWorker } from '../../src/worker.js'
import { fetchBundle } from '../setup/workflow-bundle.js'

/** What the test tells a process that runs a keeper as a user's own would. */
export interface StoppingKeeperInput {
  readonly address: string
  readonly bundleUrl: string
  readonly keyFile: string
  /** Of the keeper. */
  readonly namespace: string
  readonly as: 'keeper' | 'plugin'
}

const input = JSON.parse(process.env['KEEPER_INPUT'] ?? '{}') as StoppingKeeperInput
const connection = await NativeConnection.connect({ address: input.address })
const keeper = {
  connectors: [
    defineConnector({
      id: 'stopping',
      baseUrl: 'http://127.0.0.1:1',
      auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
      endpoints: { me: get('/me') },
    }),
  ],
  privateKeys: [secret(`file:${input.keyFile}`)],
}
const worker = {
  namespace: input.namespace,
  workflowBundle: await fetchBundle(input.bundleUrl),
  shutdownGraceTime: '1s',
} as const
const started =
  input.as === 'keeper'
    ? await createKeeperWorker({ connection, ...keeper, ...worker })
    : await Worker.create({
        connection,
        taskQueue: `flows-of-${input.namespace}`,
        workflowBundle: worker.workflowBundle,
        shutdownGraceTime: worker.shutdownGraceTime,
        plugins: [new TokenkeeperPlugin({ ...keeper, keeperWorker: worker })],
      })
const running = started.run()
process.stdout.write('ready\n')
await running
