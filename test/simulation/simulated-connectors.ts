import { Keeper } from '../../activities/keeper/keeper.js'
import {
  apiKey,
  type Connector,
  defineConnector,
  get,
  linkHeader,
  pageNumber,
  post,
  refreshToken,
} from '../../src/connectors/index.js'
import type { ConnectorFacts } from '../../src/contract/connector-facts.js'
import { Secret } from '../../src/sealing/secret.js'
import { FACTS, POLICY, STATIC_FACTS } from '../workflows/token/token-fixtures.js'
import type { Schedule } from './schedule.js'
import { ERP, ERP_KEY, SHOP } from './simulated-upstreams.js'

/** What a keeper worker works with, but for the seal: opening one is not what is simulated. */
export function simulatedKeeper({ batchSize, readAhead }: Schedule): Keeper {
  const shop = defineConnector({
    id: 'shop',
    baseUrl: SHOP,
    auth: refreshToken({
      rotation: 'rotating',
      tokenUrl: `${SHOP}/token`,
      clientId: 'simulated',
      clientAuthentication: 'none',
    }),
    endpoints: {
      'orders.list': get('/orders', {
        items: 'orders',
        paginate: readAhead > 1 ? pageNumber({ param: 'page', first: 0 }) : linkHeader(),
        readAhead: readAhead > 1 ? { pages: readAhead } : undefined,
      }),
    },
  })
  const erp = defineConnector({
    id: 'erp',
    baseUrl: ERP,
    auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
    endpoints: {
      'orders.write': post('/orders', {
        batch: { size: batchSize, items: 'orders' },
        idempotency: { header: 'Idempotency-Key', id: 'id' },
      }),
    },
  })
  const keyring = {
    open: (sealed: string) => {
      const fields = sealed === ERP_KEY ? { apiKey: sealed } : { accessToken: sealed }
      return Promise.resolve(new Secret(JSON.stringify(fields)))
    },
  }
  return new Keeper({
    connectors: new Map<string, Connector>([
      ['shop', shop],
      ['erp', erp],
    ]),
    keyring: keyring as never,
  })
}

export function shopFacts({ graceWindowMs }: Schedule): ConnectorFacts {
  return { ...FACTS, policy: { ...POLICY, graceWindowMs } }
}

export const ERP_FACTS: ConnectorFacts = STATIC_FACTS
