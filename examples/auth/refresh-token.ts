import { defineConnector, refreshToken, secret } from 'tokenkeeper/connector'
import { tickets } from './base.js'

/** A refresh token a connection; every refresh brings the next one. */
export const ticketsByRefreshToken = defineConnector({
  ...tickets,
  auth: refreshToken({
    tokenUrl: 'https://login.tickets.example/oauth/token',
    clientId: 'ticket-sync',
    clientSecret: secret('env:TICKETS_CLIENT_SECRET'),
    rotation: 'rotating',
  }),
})
