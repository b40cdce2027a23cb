import { toCondition } from '../../contract/condition.js'
import { toPlain } from '../../contract/foreign-text.js'
import { formatConnection } from '../../contract/connection-ref.js'
import { TOKEN_STATUSES } from '../../contract/token-status.js'
import { type ConsoleContext, type ConsoleSite, pathOf } from '../site/console-site.js'
import {
  type ConnectionRow,
  type ConnectionSearch,
  connectionQuery,
  listConnections,
  readConnectionSearch,
} from '../visibility/connection-list.js'
import type { View } from '../frame/layout.js'
import { connectionPath, Moment, Pages, StateBadge, Tags } from '../frame/parts.js'

const PAGE_SIZE = 50

/** All connections, narrowed by state, name and tags; a page at a time. */
export async function connectionsPage(c: ConsoleContext, site: ConsoleSite): Promise<View> {
  const query = new URL(c.req.url).searchParams
  const filter = readConnectionSearch(query)
  const page = query.get('page') ?? undefined
  const { connections, next } = await listConnections(
    site,
    connectionQuery(site.taskQueue, filter),
    { pageSize: PAGE_SIZE, page },
  )
  const nowMs = Date.now()
  return {
    title: 'Connections',
    live: true,
    body: (
      <>
        <h1>Connections</h1>
        <FilterForm site={site} filter={filter} />
        {connections.length === 0 ? (
          <Nothing site={site} isNarrowed={[...query.keys()].length > 0} />
        ) : (
          <div class="scroll">
            <table>
              <caption class="unseen">Connections, the ones started last first</caption>
              <thead>
                <tr>
                  <th scope="col">Connection</th>
                  <th scope="col">State</th>
                  <th scope="col">Token until</th>
                  <th scope="col">Tags</th>
                  <th scope="col">What is wrong</th>
                </tr>
              </thead>
              <tbody>
                {connections.map((one) => (
                  <Row site={site} one={one} nowMs={nowMs} />
                ))}
              </tbody>
            </table>
          </div>
        )}
        <Pages query={query} next={next} isFirst={page === undefined} />
      </>
    ),
  }
}

function Row({ site, one, nowMs }: { site: ConsoleSite; one: ConnectionRow; nowMs: number }) {
  const { ref, status, expiresAtMs, tags, owner, asked } = one
  const condition = asked && toCondition(asked)
  return (
    <tr>
      <th scope="row">
        <a href={connectionPath(site, ref)}>{formatConnection(ref)}</a>
      </th>
      <td>
        <StateBadge state={status} />
      </td>
      <td class="tight">
        <Moment atMs={expiresAtMs} nowMs={nowMs} />
      </td>
      <td>
        <Tags site={site} tags={tags} />
        {owner !== undefined && (
          <a class="tag" href={pathOf(site, `/?owner=${encodeURIComponent(owner)}`)}>
            owner {toPlain(owner, 100)}
          </a>
        )}
      </td>
      <td>
        {condition !== undefined && condition.level !== 'fine' && toPlain(condition.cause, 300)}
        {(asked?.waiting ?? 0) > 0 && <span class="quiet"> Flows wait: {asked?.waiting}.</span>}
      </td>
    </tr>
  )
}

function FilterForm({ site, filter }: { site: ConsoleSite; filter: ConnectionSearch }) {
  return (
    <form class="filter" method="get" action={pathOf(site, '/')} role="search">
      <div class="wide">
        <label for="name">Name begins with</label>
        <input
          id="name"
          name="name"
          type="search"
          placeholder="shopify/acme"
          value={filter.name ?? ''}
        />
      </div>
      <div>
        <label for="status">State</label>
        <select id="status" name="status" data-submit>
          <option value="">all</option>
          {TOKEN_STATUSES.map((status) => (
            <option value={status} selected={status === filter.status}>
              {status.replaceAll('_', ' ')}
            </option>
          ))}
        </select>
      </div>
      <div>
        <label for="tags">Tags, all of them</label>
        <input
          id="tags"
          name="tags"
          type="search"
          placeholder="customer:4711"
          value={filter.tags.join(' ')}
        />
      </div>
      <div class="go">
        <button id="search">Search</button>
      </div>
    </form>
  )
}

function Nothing({ site, isNarrowed }: { site: ConsoleSite; isNarrowed: boolean }) {
  return isNarrowed ? (
    <p class="empty">
      No connection is like this. <a href={pathOf(site, '/')}>Show all</a>
    </p>
  ) : (
    <p class="empty">
      No connection is kept on the task queue <code>{site.taskQueue}</code> yet. Connect one with{' '}
      <code>npx tokenkeeper connect</code>.
    </p>
  )
}
