import { apiKey, defineConnector } from 'tokenkeeper/connector'
import { tickets } from './base.js'

/** Two keys at once: one of the company, one of the application. */
export const ticketsByTwoKeys = defineConnector({
  ...tickets,
  auth: apiKey({
    keys: {
      apiKey: { in: 'header', name: 'X-Api-Key' },
      applicationKey: {
        in: 'header',
        name: 'Authorization',
        template: 'Token token="{applicationKey}"',
      },
    },
  }),
})
