import { basic, defineConnector } from 'tokenkeeper/connector'
import { tickets } from './base.js'

/** A user name and a password. */
export const ticketsByPassword = defineConnector({ ...tickets, auth: basic() })
