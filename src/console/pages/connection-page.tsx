import {
  type ConnectionRef,
  formatConnection,
  parseConnection,
} from '../../contract/connection-ref.js'
import { toPlain } from '../../contract/foreign-text.js'
import type { ConnectionStatus } from '../../contract/token-status.js'
import { TokenkeeperError } from '../../client/tokenkeeper-error.js'
import { doneText } from '../actions/connection-actions.js'
import type { ConsoleContext, ConsoleSite } from '../console-site.js'
import { ActionBar } from './action-bar.js'
import type { View } from './layout.js'
import { Moment, StateBadge } from './parts.js'
import { Story } from './story.js'

/** The connection that a path names. @throws TokenkeeperError `InvalidConnection` */
export function connectionOf(c: ConsoleContext): ConnectionRef {
  const ref = parseConnection(`${c.req.param('connector') ?? ''}/${c.req.param('account') ?? ''}`)
  if (ref !== undefined) return ref
  throw new TokenkeeperError('InvalidConnection', 'This address names no connection.')
}

/** One connection: how it is, what stops, what happened, and what a person can do. */
export async function connectionPage(c: ConsoleContext, site: ConsoleSite): Promise<View> {
  const ref = connectionOf(c)
  const { connector, account } = ref
  const [status, story] = await Promise.all([
    site.keeper.status(connector, account),
    site.keeper.story(connector, account),
  ])
  const nowMs = Date.now()
  const done = doneText(c.req.query('done'))
  const name = formatConnection(ref)
  return {
    title: name,
    live: true,
    body: (
      <>
        <div class="heading" data-state={`${name} is ${status.status.replaceAll('_', ' ')}`}>
          <h1>{name}</h1>
          <StateBadge state={status.status} />
          <span class="quiet">
            since <Moment atMs={status.sinceMs} nowMs={nowMs} />
          </span>
        </div>
        {done !== undefined && (
          <p class="done" role="status">
            {done}
          </p>
        )}
        <Trouble status={status} nowMs={nowMs} />
        {c.get('person').role === 'operator' && (
          <ActionBar site={site} status={status} of={ref} formToken={c.get('formToken')} />
        )}
        <Facts status={status} nowMs={nowMs} />
        <Parked site={site} status={status} />
        <Story events={story} nowMs={nowMs} />
      </>
    ),
  }
}

function Trouble({ status, nowMs }: { status: ConnectionStatus; nowMs: number }) {
  const { failure, reason, warnings = [] } = status
  return (
    <>
      {failure !== undefined && (
        <p class="problem">
          <strong>{toPlain(failure.code, 80)}</strong>: {toPlain(failure.message)}{' '}
          {failure.count > 1 && `${failure.count} times`} since{' '}
          <Moment atMs={failure.sinceMs} nowMs={nowMs} />.
        </p>
      )}
      {failure === undefined && reason !== undefined && (
        <p class="problem">
          The grant is dead: {reason.replaceAll('_', ' ')}. Re-authorise the connection.
        </p>
      )}
      {warnings.map((warning) => (
        <p class="notice">{toPlain(warning)}</p>
      ))}
    </>
  )
}

function Facts({ status, nowMs }: { status: ConnectionStatus; nowMs: number }) {
  const { account, scope, missingScope, keyIds = [], revocation, counts } = status
  return (
    <dl class="facts">
      <dt>Authentication</dt>
      <dd>{status.kind ?? '–'}</dd>
      {account !== undefined && (
        <>
          <dt>Account at the provider</dt>
          <dd>{toPlain(account.name, 200)}</dd>
        </>
      )}
      <dt>Token until</dt>
      <dd>
        {status.expiresAtMs === undefined && status.issuedAtMs !== undefined ? (
          'does not expire, or the provider does not say'
        ) : (
          <Moment atMs={status.expiresAtMs} nowMs={nowMs} />
        )}
      </dd>
      <dt>Next refresh</dt>
      <dd>
        <Moment atMs={status.nextRefreshAtMs} nowMs={nowMs} />
      </dd>
      <dt>Generation</dt>
      <dd>
        {status.generation} <span class="quiet">({counts.refreshRequests} token requests)</span>
      </dd>
      {scope !== undefined && (
        <>
          <dt>Scope</dt>
          <dd>
            <code>{toPlain(scope, 1000)}</code>
            {missingScope !== undefined && <> (not granted: {toPlain(missingScope, 1000)})</>}
          </dd>
        </>
      )}
      <dt>Sealed with</dt>
      <dd>{keyIds.length === 0 ? '–' : keyIds.map((id) => <code class="tag">{id}</code>)}</dd>
      {revocation !== undefined && (
        <>
          <dt>At the provider</dt>
          <dd>
            {revocation.outcome === 'failed' ? toPlain(revocation.message) : revocation.outcome}
          </dd>
        </>
      )}
    </dl>
  )
}

function Parked({ site, status }: { site: ConsoleSite; status: ConnectionStatus }) {
  const { waiting, waitingFlows, counts } = status
  return (
    <>
      <h2>Flows</h2>
      <p>
        {counts.leases} leases were handed out.{' '}
        {waiting === 0 ? 'No flow waits.' : `${waiting} requests wait, of these flows:`}
      </p>
      {waitingFlows.length > 0 && (
        <ul>
          {waitingFlows.map((flow) => (
            <li>
              <a class="id" href={`${site.place.basePath}/syncs?id=${encodeURIComponent(flow)}`}>
                {toPlain(flow, 300)}
              </a>
            </li>
          ))}
        </ul>
      )}
    </>
  )
}
