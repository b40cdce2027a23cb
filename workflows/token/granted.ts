import type { ConnectionStatus } from '../../src/contract/token-status.js'
import type { TokenParts } from './token-parts.js'

/** The part of the status that tells of the grant; `ending` are the warnings of what will stop the connection by itself. */
export function grantedStatus(
  { grant, connection }: TokenParts,
  ending: readonly string[],
): Pick<ConnectionStatus, 'account' | 'scope' | 'missingScope' | 'warnings'> {
  const { granted: { scope, missingScope, warnings: told = [] } = {}, account } = grant
  const missing =
    missingScope === undefined
      ? []
      : [
          `${connection} was not granted ${missingScope} by name: where requests that need it are refused, authorise it again and grant it, or ask for less; where another scope implies it, say so in impliedScopes.`,
        ]
  const warnings = [...missing, ...told, ...ending]
  return {
    account: account?.name === undefined ? undefined : { name: account.name },
    scope,
    missingScope,
    warnings: warnings.length === 0 ? undefined : warnings,
  }
}
