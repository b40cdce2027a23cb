import { defineConnector, oauth1, secret } from 'tokenkeeper/connector'
import { tickets } from './base.js'

/** Requests signed with the secrets of an application and of an account. */
export const ticketsBySignature = defineConnector({
  ...tickets,
  auth: oauth1({
    signatureMethod: 'HMAC-SHA256',
    consumerKey: secret('env:TICKETS_CONSUMER_KEY'),
    consumerSecret: secret('env:TICKETS_CONSUMER_SECRET'),
    realm: '{account}',
  }),
})
