import { defineConnector, none } from 'tokenkeeper/connector'
import { tickets } from './base.js'

/** An open API: connections, leases and flows as everywhere, but no credential. */
export const ticketsForAll = defineConnector({ ...tickets, auth: none() })
