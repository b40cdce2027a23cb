import { awsSigV4, defineConnector } from 'tokenkeeper/connector'
import { tickets } from './base.js'

/** Requests signed for AWS, here for an API Gateway with IAM authorization. */
export const ticketsOnAws = defineConnector({
  ...tickets,
  auth: awsSigV4({ service: 'execute-api', region: 'eu-central-1' }),
})
