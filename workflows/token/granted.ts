import type { MintedToken } from '../../src/contract/token-activities.js'
import type { ConnectionStatus } from '../../src/contract/token-status.js'
import type { TokenSnapshot } from './token-snapshot.js'

/** What a token answer says of its grant beside dates. */
export type Granted = Pick<MintedToken, 'scope' | 'missingScope' | 'warnings'>

export function toGranted({ scope, missingScope, warnings }: MintedToken): Granted {
  return {
    ...(scope === undefined ? {} : { scope }),
    ...(missingScope === undefined ? {} : { missingScope }),
    ...(warnings === undefined ? {} : { warnings }),
  }
}

/** A refresh says less than the first answer: what it does not speak of stays (RFC 6749 section 6). */
export function renewGranted(snapshot: TokenSnapshot, minted: MintedToken): void {
  const { scope, warnings } = minted
  if (scope === undefined && warnings === undefined) return
  const before = snapshot.granted ?? {}
  const { missingScope: _renewed, ...rest } = before
  snapshot.granted = { ...(scope === undefined ? before : rest), ...toGranted(minted) }
}

/** Its part of the status; `ending` are the warnings of what will stop the connection by itself. */
export function grantedStatus(
  { granted = {}, account, connection }: TokenSnapshot,
  ending: readonly string[],
): Pick<ConnectionStatus, 'account' | 'scope' | 'missingScope' | 'warnings'> {
  const { scope, missingScope } = granted
  const missing =
    missingScope === undefined
      ? []
      : [
          `${connection} was not granted ${missingScope} by name: where requests that need it are refused, authorise it again and grant it, or ask for less; where another scope implies it, say so in impliedScopes.`,
        ]
  const warnings = [...missing, ...(granted.warnings ?? []), ...ending]
  return {
    ...(account?.name === undefined ? {} : { account: { name: account.name } }),
    ...(scope === undefined ? {} : { scope }),
    ...(missingScope === undefined ? {} : { missingScope }),
    ...(warnings.length === 0 ? {} : { warnings }),
  }
}
