import type { ConnectionRef } from '../../contract/connection-ref.js'
import type { ConnectionStatus } from '../../contract/token-status.js'
import {
  CONNECTION_ACTIONS,
  type ConnectionActionName,
  isConnectionAction,
} from '../actions/connection-actions.js'
import { type ConsoleSite, pathOf } from '../site/console-site.js'
import { FormToken } from '../frame/layout.js'
import { connectionPath } from '../frame/parts.js'

/** What an operator can do with a connection: what is pressing first. */
export function ActionBar({
  site,
  of,
  status,
  formToken,
}: {
  site: ConsoleSite
  of: ConnectionRef
  status: ConnectionStatus
  formToken: string
}) {
  const path = connectionPath(site, of)
  const isSick = ['needs_reauth', 'rejected', 'misconfigured', 'pending', 'revoked'].includes(
    status.status,
  )
  const offered = Object.keys(CONNECTION_ACTIONS).filter(
    (name): name is ConnectionActionName =>
      isConnectionAction(name) && CONNECTION_ACTIONS[name].isOffered(status),
  )
  return (
    <div class="actions" role="group" aria-label="Actions">
      {status.authorizes === true && (
        <a
          class={`button ${isSick ? 'primary' : ''}`}
          href={pathOf(site, `/start/${of.connector}/${encodeURIComponent(of.account)}`)}
        >
          {status.generation === 0 ? 'Authorise' : 'Re-authorise'}
        </a>
      )}
      {status.authorizes !== true && (
        <a class={`button ${isSick ? 'primary' : ''}`} id="action-connect" href={`${path}/connect`}>
          {status.generation === 0 ? 'Connect' : 'Re-authorise'}
        </a>
      )}
      {status.authorizes !== true && status.generation > 0 && status.status !== 'revoked' && (
        <a class="button" id="action-rotate" href={`${path}/rotate`}>
          Rotate
        </a>
      )}
      {offered.map((name) =>
        name === 'revoke' ? (
          <a class="button danger" id={`action-${name}`} href={`${path}/revoke`}>
            {CONNECTION_ACTIONS[name].label} …
          </a>
        ) : (
          <form method="post" action={`${path}/${name}`}>
            <FormToken token={formToken} />
            <button id={`action-${name}`}>{CONNECTION_ACTIONS[name].label}</button>
          </form>
        ),
      )}
    </div>
  )
}
