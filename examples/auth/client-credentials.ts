import { clientCredentials, defineConnector, secret } from 'tokenkeeper/connector'
import { tickets } from './base.js'

/** One client for all accounts: connections need no credential of their own. */
export const ticketsByClient = defineConnector({
  ...tickets,
  auth: clientCredentials({
    tokenUrl: 'https://login.tickets.example/oauth/token',
    clientId: secret('env:TICKETS_CLIENT_ID'),
    clientSecret: secret('env:TICKETS_CLIENT_SECRET'),
    scope: 'tickets:read tickets:write',
  }),
})
