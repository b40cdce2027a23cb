import { defineConnector, jwtBearer } from 'tokenkeeper/connector'
import { tickets } from './base.js'

/** A signed assertion is exchanged for a token; each connection brings its own key. */
export const ticketsByAssertion = defineConnector({
  ...tickets,
  auth: jwtBearer({
    tokenUrl: 'https://login.tickets.example/oauth/token',
    scope: 'tickets.read',
    assertion: { alg: 'RS256', scopeIn: 'assertion' },
  }),
})
