import { apiKey, defineConnector } from 'tokenkeeper/connector'
import { tickets } from './base.js'

/** A key behind a word in `Authorization`. */
export const ticketsByKey = defineConnector({
  ...tickets,
  auth: apiKey({ in: 'header', name: 'Authorization', prefix: 'Bearer ' }),
})
