import {
  ACCOUNT_RULE,
  type ConnectionRef,
  CONNECTOR_RULE,
  isAccountName,
  isConnectorName,
} from '../contract/connection-ref.js'
import { TokenkeeperError } from './errors/tokenkeeper-error.js'

/** @throws TokenkeeperError `InvalidConnection`; the name is not repeated */
export function toRef(connector: string, account: string): ConnectionRef {
  if (!isConnectorName(connector))
    throw new TokenkeeperError(
      'InvalidConnection',
      `The connector's name is not allowed: ${CONNECTOR_RULE}.`,
    )
  if (!isAccountName(account))
    throw new TokenkeeperError(
      'InvalidConnection',
      `The account's name for ${connector} is not allowed: ${ACCOUNT_RULE}.`,
    )
  return { connector, account }
}
