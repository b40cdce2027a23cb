import { defineConnector, jwt } from 'tokenkeeper/connector'
import { tickets } from './base.js'

/** A token that the client signs itself, as Ghost's Admin API wants it. */
export const ticketsBySignedToken = defineConnector({
  ...tickets,
  auth: jwt({
    algorithm: 'HS256',
    keyFormat: 'hex',
    header: { kid: '{keyId}' },
    claims: { aud: '/tickets/' },
    fields: ['keyId'],
    lifetimeMs: 300_000,
  }),
})
