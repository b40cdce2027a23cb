import { authorizationCode, defineConnector, secret } from 'tokenkeeper/connector'
import { tickets } from './base.js'

/** A person grants access in the browser; PKCE is always on. */
export const ticketsByAuthorizationCode = defineConnector({
  ...tickets,
  auth: authorizationCode({
    authorizationUrl: 'https://login.tickets.example/oauth/authorize',
    tokenUrl: 'https://login.tickets.example/oauth/token',
    clientId: 'ticket-sync',
    clientSecret: secret('env:TICKETS_CLIENT_SECRET'),
    scope: 'tickets.read tickets.write',
    rotation: 'rotating',
  }),
})
