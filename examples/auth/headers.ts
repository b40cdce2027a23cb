import { defineConnector, headers } from 'tokenkeeper/connector'
import { tickets } from './base.js'

/** A header that joins a user and a token, and the user once more in the query. */
export const ticketsByHeaders = defineConnector({
  ...tickets,
  auth: headers({
    headers: { 'X-Auth': '{user}:{token}', 'X-Api-Version': '2026-10' },
    query: { on_behalf_of: '{user}' },
    fields: { user: 'plain', token: 'secret' },
  }),
})
