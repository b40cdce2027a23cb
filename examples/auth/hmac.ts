import { defineConnector, hmac } from 'tokenkeeper/connector'
import { tickets } from './base.js'

/** Requests signed with a shared secret: time, method, path with query, and body. */
export const ticketsByHmac = defineConnector({
  ...tickets,
  auth: hmac({
    algorithm: 'hmac-sha256',
    text: '{timestamp}\n{method}\n{target}\n{body}',
    encoding: 'hex',
    timestamp: 'seconds',
    fields: ['keyId'],
    headers: {
      'X-Timestamp': '{timestamp}',
      Authorization: 'HMAC {keyId}:{signature}',
    },
  }),
})
