import { formatConnection } from '../../contract/connection-ref.js'
import { toCondition, unusedText } from '../../contract/condition.js'
import { toPlain, toPlainJson } from '../../contract/foreign-text.js'
import type { ConnectionStatus } from '../../contract/token-status.js'
import { doneText } from '../actions/connection-actions.js'
import type { ConsoleContext, ConsoleSite } from '../site/console-site.js'
import { ActionBar } from './action-bar.js'
import type { View } from '../frame/layout.js'
import { Flows } from './flows.js'
import { connectionOf, Moment, StateBadge, Tags } from '../frame/parts.js'
import { Story } from './story.js'

/** One connection: how it is, what stops, what happened, and what a person can do. */
export async function connectionPage(c: ConsoleContext, site: ConsoleSite): Promise<View> {
  const ref = connectionOf(c)
  const { connector, account } = ref
  const [status, story] = await Promise.all([
    site.keeper.status(connector, account),
    site.keeper.story(connector, account),
  ])
  const nowMs = Date.now()
  const name = formatConnection(ref)
  return {
    title: name,
    live: true,
    done: doneText(c.req.query('done')),
    body: (
      <>
        <div class="heading" data-state={`${name} is ${status.status.replaceAll('_', ' ')}`}>
          <h1>{name}</h1>
          <StateBadge state={status.status} />
          <span class="quiet">
            since <Moment atMs={status.sinceMs} nowMs={nowMs} />
          </span>
        </div>
        <Trouble status={status} nowMs={nowMs} />
        {c.get('person').role === 'operator' && (
          <ActionBar site={site} status={status} of={ref} formToken={c.get('formToken')} />
        )}
        <Facts site={site} status={status} nowMs={nowMs} />
        <Flows site={site} status={status} nowMs={nowMs} />
        <Story events={story} nowMs={nowMs} />
      </>
    ),
  }
}

/** What is wrong, what to do, and whether it goes on by itself. */
function Trouble({ status, nowMs }: { status: ConnectionStatus; nowMs: number }) {
  const { level, cause, code, next, goesOn, notes } = toCondition(status)
  const tone = level === 'person' ? 'problem' : 'notice'
  return (
    <>
      {level !== 'fine' && level !== 'note' && (
        <div class={tone}>
          <p>
            {toPlain(cause)}
            {code !== undefined && !cause.includes(code) && (
              <>
                {' '}
                <code>{toPlain(code, 80)}</code>
              </>
            )}
          </p>
          {next !== undefined && (
            <p>
              <strong>{toPlain(next.text, 300)}</strong>
              {next.command !== undefined && (
                <>
                  : <code>{toPlain(next.command, 300)}</code>
                </>
              )}
            </p>
          )}
          {goesOn.text !== '' && <p>{toPlain(goesOn.text)}</p>}
          {goesOn.atMs !== undefined && (
            <p>
              It is tried again <Moment atMs={goesOn.atMs} nowMs={nowMs} />.
            </p>
          )}
        </div>
      )}
      {notes.map((note) => (
        <p class="notice">{toPlain(note)}</p>
      ))}
    </>
  )
}

function Details({ site, status }: { site: ConsoleSite; status: ConnectionStatus }) {
  const { tags = [], owner, description, metadata } = status
  return (
    <>
      {description !== undefined && (
        <>
          <dt>Description</dt>
          <dd>{toPlain(description, 500)}</dd>
        </>
      )}
      {tags.length > 0 && (
        <>
          <dt>Tags</dt>
          <dd>
            <Tags site={site} tags={tags} />
          </dd>
        </>
      )}
      {owner !== undefined && (
        <>
          <dt>Owner</dt>
          <dd>{toPlain(owner, 200)}</dd>
        </>
      )}
      {metadata !== undefined && (
        <>
          <dt>Metadata</dt>
          <dd>
            <code>{toPlainJson(metadata)}</code>
          </dd>
        </>
      )}
    </>
  )
}

function Facts({
  site,
  status,
  nowMs,
}: {
  site: ConsoleSite
  status: ConnectionStatus
  nowMs: number
}) {
  const { account, scope, missingScope, keyIds = [], revocation, counts } = status
  return (
    <dl class="facts">
      <Details site={site} status={status} />
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
        {status.nextRefreshAtMs === undefined && status.mayEnd === true ? (
          'when somebody asks'
        ) : (
          <Moment atMs={status.nextRefreshAtMs} nowMs={nowMs} />
        )}
      </dd>
      {status.unusedSinceMs !== undefined && (
        <>
          <dt>Use</dt>
          <dd>{unusedText(new Date(status.unusedSinceMs).toISOString())}</dd>
        </>
      )}
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
