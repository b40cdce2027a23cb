import { toPlain } from '../../contract/foreign-text.js'
import { TOKEN_STATUSES } from '../../contract/token-status.js'
import { type ConsoleContext, type ConsoleSite, pathOf } from '../site/console-site.js'
import type { CauseCount, FleetFigures, FleetSurvey } from '../visibility/fleet-figures.js'
import { whatToDo } from '../visibility/sync-list.js'
import { FormToken, type View } from '../frame/layout.js'
import { Moment, StateBadge } from '../frame/parts.js'

const ENDS: Readonly<Record<string, string>> = {
  '1 hour': '1h',
  '24 hours': '24h',
  '7 days': '7 days',
}

/** All connections at one look: states, expiries ahead, failures by cause, keys in use. */
export async function fleetPage(
  c: ConsoleContext,
  site: ConsoleSite,
  figures: FleetFigures,
): Promise<View> {
  const nowMs = Date.now()
  const { byStatus, endings, syncFailures } = await figures.counts(nowMs)
  return {
    title: 'Fleet',
    live: true,
    body: (
      <>
        <h1>Fleet</h1>
        <h2>Connections by state</h2>
        <ul class="figures">
          {TOKEN_STATUSES.map((status) => (
            <li>
              <a href={pathOf(site, `/?status=${status}`)}>
                <span class="count">{byStatus[status] ?? 0}</span>
                <StateBadge state={status} />
              </a>
            </li>
          ))}
        </ul>
        <h2>Last tokens that end</h2>
        <ul class="figures">
          {endings.map(({ within, count }) => (
            <li>
              <a
                href={pathOf(
                  site,
                  `/?status=degraded&ends=${encodeURIComponent(ENDS[within] ?? '')}`,
                )}
              >
                <span class="count">{count}</span> within {within}
              </a>
            </li>
          ))}
        </ul>
        <p class="quiet small">
          Of connections whose refresh fails: their flows wait from then on. All others renew theirs
          by themselves.
        </p>
        <div class="columns">
          <section>
            <h2>Syncs that failed in 7 days, by cause</h2>
            <Causes causes={syncFailures} empty="No sync failed." />
            {syncFailures.length > 0 && (
              <p>
                <a href={pathOf(site, '/syncs?show=failed')}>Show and replay them</a>
              </p>
            )}
          </section>
          <Survey site={site} c={c} survey={figures.survey} nowMs={nowMs} />
        </div>
      </>
    ),
  }
}

function Survey({
  site,
  c,
  survey,
  nowMs,
}: {
  site: ConsoleSite
  c: ConsoleContext
  survey: FleetSurvey
  nowMs: number
}) {
  const { isUnderWay, asked, finishedAtMs, causes, keys, isCut } = survey
  return (
    <section>
      <h2>Keys in use, and what is wrong</h2>
      {finishedAtMs !== undefined && (
        <>
          <table>
            <caption class="unseen">Sealing keys in use</caption>
            <thead>
              <tr>
                <th scope="col">Sealing key</th>
                <th scope="col" class="number">
                  Connections
                </th>
              </tr>
            </thead>
            <tbody>
              {keys.map(({ keyId, count }) => (
                <tr>
                  <th scope="row">
                    <code>{toPlain(keyId, 40)}</code>
                  </th>
                  <td class="number">{count}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <p class="quiet small">
            A key that is in use has to stay on every keeper worker. Asked{' '}
            <Moment atMs={finishedAtMs} nowMs={nowMs} />
            {isCut && ', the newest 20,000 connections only'}.
          </p>
          <Causes causes={causes} empty="No connection is in trouble." />
        </>
      )}
      {isUnderWay ? (
        <p role="status">{asked} connections were asked so far …</p>
      ) : c.get('person').role === 'operator' ? (
        <form method="post" action={pathOf(site, '/fleet/survey')}>
          <FormToken token={c.get('formToken')} />
          <p>Each connection is asked once, which takes about a minute for 10,000.</p>
          <button id="survey">{finishedAtMs === undefined ? 'Ask them' : 'Ask them again'}</button>
        </form>
      ) : (
        <p>An operator can have each connection asked.</p>
      )}
    </section>
  )
}

function Causes({ causes, empty }: { causes: readonly CauseCount[]; empty: string }) {
  if (causes.length === 0) return <p>{empty}</p>
  return (
    <table>
      <caption class="unseen">By cause</caption>
      <thead>
        <tr>
          <th scope="col">Cause</th>
          <th scope="col">What to do</th>
          <th scope="col" class="number">
            How many
          </th>
        </tr>
      </thead>
      <tbody>
        {causes.map(({ code, count }) => (
          <tr>
            <th scope="row">
              <code>{toPlain(code, 80)}</code>
            </th>
            <td>{whatToDo(code)}</td>
            <td class="number">{count}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
