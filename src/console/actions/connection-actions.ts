import type { VerifiedStatus } from '../../client/connection-operations.js'
import type { TokenkeeperClient } from '../../client/tokenkeeper-client.js'
import type { Actor } from '../../contract/actor.js'
import type { ConnectionRef } from '../../contract/connection-ref.js'
import type { ConnectionStatus } from '../../contract/token-status.js'

/** What a button of a connection's page does, at once. */
interface OfferedAction {
  readonly label: string
  readonly done: string
  readonly isOffered: (status: ConnectionStatus) => boolean
  readonly act: (
    keeper: TokenkeeperClient,
    ref: ConnectionRef,
    options: { readonly actor: Actor },
  ) => Promise<ConnectionStatus | VerifiedStatus>
}

const isAlive = ({ status }: ConnectionStatus): boolean => status !== 'revoked'
const hasHadCredential = ({ status, generation }: ConnectionStatus): boolean =>
  status !== 'revoked' && (status !== 'pending' || generation > 0)

export const CONNECTION_ACTIONS = {
  refresh: {
    label: 'Refresh',
    done: 'The provider was asked, and what it gave is current.',
    isOffered: hasHadCredential,
    act: (keeper, { connector, account }, options) => keeper.refresh(connector, account, options),
  },
  verify: {
    label: 'Verify',
    done: 'The upstream was asked whether it accepts the credential.',
    isOffered: (status) => status.verifies === true && hasHadCredential(status),
    act: (keeper, { connector, account }, options) => keeper.verify(connector, account, options),
  },
  pause: {
    label: 'Pause',
    done: 'The connection is paused: no lease is handed out until somebody resumes it.',
    isOffered: ({ status }) => status !== 'revoked' && status !== 'paused',
    act: (keeper, { connector, account }, options) => keeper.pause(connector, account, options),
  },
  resume: {
    label: 'Resume',
    done: 'The connection hands out leases again.',
    isOffered: ({ status }) => status === 'paused',
    act: (keeper, { connector, account }, options) => keeper.resume(connector, account, options),
  },
  revoke: {
    label: 'Revoke',
    done: 'The connection is revoked: its credential is forgotten, and flows are denied.',
    isOffered: isAlive,
    act: (keeper, { connector, account }, options) => keeper.revoke(connector, account, options),
  },
} as const satisfies Readonly<Record<string, OfferedAction>>

export type ConnectionActionName = keyof typeof CONNECTION_ACTIONS

export function isConnectionAction(name: unknown): name is ConnectionActionName {
  return typeof name === 'string' && Object.hasOwn(CONNECTION_ACTIONS, name)
}

/** What other ways to end up on a connection's page say. */
const FURTHER: Readonly<Record<string, string>> = {
  verify_accepted: 'The upstream accepts the credential.',
  verify_refused:
    'The upstream refuses the credential. One answer is no verdict: it is looked at again, and the life story tells.',
  verify_unknown: 'The upstream gave no clear answer: try again in a moment.',
  connected: 'The connection works with the new credential.',
  unchanged: 'This is the credential that the connection has already: nothing was changed.',
}

/** What the page says after an action: by what came of it, where that is known. */
export function doneName(action: ConnectionActionName, result: object): string {
  if (!('verified' in result)) return action
  const { outcome } = (result as VerifiedStatus).verified
  return `${action}_${outcome}`
}

/** The sentence of an action that was done; texts of a URL are never shown. */
export function doneText(name: string | undefined): string | undefined {
  if (isConnectionAction(name)) return CONNECTION_ACTIONS[name].done
  return name !== undefined && Object.hasOwn(FURTHER, name) ? FURTHER[name] : undefined
}
