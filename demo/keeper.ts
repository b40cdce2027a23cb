import { secret } from '../src/connectors/index.js'
import { createKeeperWorker } from '../src/worker.js'
import { createDemoConnectors } from './connectors.js'
import { needEnv, runWorkerProcess } from './worker-process.js'

/** The keeper worker: the only process with the key and the connectors' secrets. */
await runWorkerProcess((connection) =>
  createKeeperWorker({
    connection,
    connectors: createDemoConnectors({
      shop: needEnv('DEMO_SHOP_URL'),
      authorize: needEnv('DEMO_AUTHORIZE_URL'),
      token: needEnv('DEMO_TOKEN_URL'),
      erp: needEnv('DEMO_ERP_URL'),
    }),
    privateKeys: [secret(`file:${needEnv('DEMO_KEY_FILE')}`)],
  }),
)
