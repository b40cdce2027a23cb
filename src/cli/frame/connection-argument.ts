import { Argument, type Command } from 'commander'
import {
  ACCOUNT_RULE,
  type ConnectionRef,
  CONNECTOR_RULE,
  DEFAULT_ACCOUNT,
  parseConnection,
} from '../../contract/connection-ref.js'
import { UsageError } from './usage-error.js'

/** `<connector[/account]> [account]`; the first in brackets where all connections may be meant. */
export function withConnection(command: Command, which: 'one' | 'one or all'): Command {
  const name = which === 'one' ? '<connector[/account]>' : '[connector[/account]]'
  return command
    .addArgument(new Argument(name, 'as shopify/acme'))
    .argument(
      '[account]',
      `the account, where it is not in the first (default: ${DEFAULT_ACCOUNT})`,
    )
}

/** @throws UsageError, which does not repeat what may be a secret */
export function readConnectionName(name: string, account: string | undefined): ConnectionRef {
  const ref = parseConnection(account === undefined ? name : `${name}/${account}`)
  if (ref !== undefined) return ref
  throw new UsageError(
    `That is no connection. The connector's name has ${CONNECTOR_RULE}; the account's ${ACCOUNT_RULE}.`,
  )
}
