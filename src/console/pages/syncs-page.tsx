import { FAILURE_CATEGORIES } from '../../contract/failures.js'
import { toPlain } from '../../contract/foreign-text.js'
import type { SyncProgress } from '../../client/sync-progress.js'
import { type ConsoleContext, type ConsoleSite, pathOf } from '../site/console-site.js'
import {
  listSyncs,
  readSyncSearch,
  type SyncRow,
  type SyncSearch,
  syncQuery,
  whatToDo,
} from '../visibility/sync-list.js'
import { FormToken, type View } from '../frame/layout.js'
import { Moment, Pages, StateBadge } from '../frame/parts.js'

const PAGE_SIZE = 20

/** Syncs that run, with their progress, and those that ended without being done, to be replayed. */
export async function syncsPage(c: ConsoleContext, site: ConsoleSite): Promise<View> {
  const query = new URL(c.req.url).searchParams
  const search = readSyncSearch(query)
  const page = query.get('page') ?? undefined
  const { syncs, next } = await listSyncs(site, syncQuery(search), { pageSize: PAGE_SIZE, page })
  const nowMs = Date.now()
  const isOperator = c.get('person').role === 'operator'
  return {
    title: search.id ?? 'Syncs',
    live: true,
    body: (
      <>
        <h1>{search.id === undefined ? 'Syncs' : toPlain(search.id, 300)}</h1>
        <Narrow site={site} search={search} />
        {syncs.length === 0 ? (
          <p class="empty">
            {search.show === 'running' && search.id === undefined
              ? 'No sync runs.'
              : 'No sync is like this.'}
          </p>
        ) : (
          <div class="scroll">
            <table>
              <caption class="unseen">Syncs, the ones started last first</caption>
              <thead>
                <tr>
                  <th scope="col">Sync</th>
                  <th scope="col">State</th>
                  <th scope="col">Started</th>
                  <th scope="col">Progress</th>
                  <th scope="col">What it waits for, or why it ended</th>
                  <th scope="col">
                    <span class="unseen">Actions</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {syncs.map((sync) => (
                  <Row
                    site={site}
                    sync={sync}
                    nowMs={nowMs}
                    formToken={isOperator ? c.get('formToken') : undefined}
                  />
                ))}
              </tbody>
            </table>
          </div>
        )}
        {isOperator && search.show === 'failed' && search.id === undefined && syncs.length > 0 && (
          <ReplayAll site={site} search={search} />
        )}
        <Pages query={query} next={next} isFirst={page === undefined} />
      </>
    ),
  }
}

function Row({
  site,
  sync,
  nowMs,
  formToken,
}: {
  site: ConsoleSite
  sync: SyncRow
  nowMs: number
  /** Goes with the forms by which operators act; whoever only looks has none. */
  formToken: string | undefined
}) {
  const { workflowId, progress, failure } = sync
  const state = progress?.state ?? sync.state
  const canReplay = ['failed', 'timed out', 'terminated', 'cancelled'].includes(sync.state)
  return (
    <tr>
      <th scope="row" class="id">
        <a href={pathOf(site, `/syncs?id=${encodeURIComponent(workflowId)}`)}>
          {toPlain(workflowId, 300)}
        </a>
      </th>
      <td>
        <StateBadge state={state} />
      </td>
      <td class="tight">
        <Moment atMs={sync.startedAtMs} nowMs={nowMs} />
      </td>
      <td>{progress !== undefined && <Progress progress={progress} workflowId={workflowId} />}</td>
      <td>
        {progress?.connection !== undefined && (
          <a href={pathOf(site, `/connections/${toPathOf(progress.connection)}`)}>
            {toPlain(progress.connection, 250)}
          </a>
        )}{' '}
        {progress?.why !== undefined &&
          toPlain(withoutName(progress.why, progress.connection), 400)}
        {progress?.note !== undefined && toPlain(progress.note, 400)}
        {failure !== undefined && (
          <>
            <code>{toPlain(failure, 80)}</code> <span class="quiet">{whatToDo(failure)}</span>
          </>
        )}
      </td>
      <td class="tight">
        {formToken !== undefined && canReplay && (
          <form method="post" action={pathOf(site, '/syncs/replay')}>
            <FormToken token={formToken} />
            <input type="hidden" name="id" value={workflowId} />
            <button id={`replay-${sync.runId}`}>
              Replay<span class="unseen"> {toPlain(workflowId, 100)}</span>
            </button>
          </form>
        )}
      </td>
    </tr>
  )
}

/** The sentence goes on behind the connection's name, which stands before it as a link. */
function withoutName(why: string, connection: string | undefined): string {
  return connection !== undefined && why.startsWith(`${connection} `)
    ? why.slice(connection.length + 1)
    : why
}

/** `shop` stands for its default account. */
function toPathOf(connection: string): string {
  const [connector = '', account = 'default'] = connection.split('/')
  return `${encodeURIComponent(connector)}/${encodeURIComponent(account)}`
}

function Progress({ progress, workflowId }: { progress: SyncProgress; workflowId: string }) {
  const { counters, total, recordsPerSecond, secondsLeft } = progress
  return (
    <>
      {total !== undefined && (
        <>
          <progress
            max={Math.max(total, counters.read)}
            value={counters.read}
            aria-label={`Progress of ${toPlain(workflowId, 100)}`}
          />
          <br />
        </>
      )}
      <span class="small">
        {counters.read}
        {total !== undefined && ` of ${total}`} records, {counters.pages} pages
        {recordsPerSecond !== undefined && `, ${Math.round(recordsPerSecond)}/s`}
        {secondsLeft !== undefined && `, ${Math.ceil(secondsLeft / 60)} min left`}
      </span>
    </>
  )
}

function Narrow({ site, search }: { site: ConsoleSite; search: SyncSearch }) {
  return (
    <form class="filter" method="get" action={pathOf(site, '/syncs')} role="search">
      <div>
        <label for="show">Show</label>
        <select id="show" name="show" data-submit>
          <option value="running" selected={search.show === 'running'}>
            those that run
          </option>
          <option value="failed" selected={search.show === 'failed'}>
            those that ended without being done
          </option>
        </select>
      </div>
      <div>
        <label for="failure">Ended by</label>
        <select id="failure" name="failure" data-submit>
          <option value="">anything</option>
          {FAILURE_CATEGORIES.map((category) => (
            <option value={category} selected={search.failure === category}>
              {category}
            </option>
          ))}
        </select>
      </div>
      <div class="go">
        <button id="show-these">Show</button>
      </div>
    </form>
  )
}

function ReplayAll({ site, search }: { site: ConsoleSite; search: SyncSearch }) {
  const query = search.failure === undefined ? '' : `?failure=${search.failure}`
  return (
    <p>
      <a class="button" href={pathOf(site, `/syncs/replay${query}`)}>
        Replay all of them …
      </a>
    </p>
  )
}
