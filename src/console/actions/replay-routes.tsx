import type { Hono } from 'hono'
import { TokenkeeperError } from '../../client/errors/tokenkeeper-error.js'
import type { ReplaySummary } from '../../client/replay/replay-options.js'
import { FAILURE_CATEGORIES, type FailureCategory } from '../../contract/failures.js'
import { toPlain } from '../../contract/foreign-text.js'
import { isTemporalId } from '../../contract/outside-values.js'
import { needOperator } from '../access/need-operator.js'
import { type ConsoleEnv, type ConsoleSite, pathOf } from '../site/console-site.js'
import { FormToken, sendView, type View } from '../frame/layout.js'

/** A replay is asked for in a page: what takes longer than that is for the command line. */
const MOST_AT_ONCE = 200
const PACE = '10/s'

/** Replays of syncs that ended without being done: one at once, many after a look at what would be done. */
export function addReplayRoutes(app: Hono<ConsoleEnv>, site: ConsoleSite): void {
  app.get('/syncs/replay', needOperator(site), async (c) => {
    const failure = readCategory(c.req.query('failure') ?? '')
    const plan = await site.keeper.replay({ failure }, { dryRun: true })
    return await sendView(c, site, planView(site, plan, failure, c.get('formToken')))
  })

  app.post('/syncs/replay', needOperator(site), async (c) => {
    const { id, failure } = await c.req.parseBody()
    if (id !== undefined) {
      if (!isTemporalId(id)) throw noSuch('id of a sync')
      const result = await site.keeper.replay(id)
      const summary: ReplaySummary = {
        dryRun: false,
        replayed: result.outcome === 'replayed' ? [result] : [],
        skipped: result.outcome === 'skipped' ? [result] : [],
        failed: result.outcome === 'failed' ? [result] : [],
      }
      return await sendView(c, site, resultView(site, summary))
    }
    const summary = await site.keeper.replay(
      { failure: readCategory(failure) },
      { pace: PACE, confirm: ({ replayed }) => replayed.length <= MOST_AT_ONCE },
    )
    return await sendView(c, site, resultView(site, summary))
  })
}

/** Undefined for an empty text: all of them. @throws TokenkeeperError for anything else that is none */
function readCategory(text: unknown): FailureCategory | undefined {
  const found = FAILURE_CATEGORIES.find((category) => category === text)
  if (found === undefined && text !== '') throw noSuch('cause of a failure')
  return found
}

/** What is not understood must not stand for all. */
function noSuch(what: string): TokenkeeperError {
  return new TokenkeeperError(
    'InvalidInput',
    `That is no ${what}. Nothing was replayed: go back to the list of syncs and choose again.`,
  )
}

function planView(
  site: ConsoleSite,
  plan: ReplaySummary,
  failure: FailureCategory | undefined,
  formToken: string,
): View {
  const count = plan.replayed.length
  return {
    title: 'Replay these syncs?',
    body: (
      <>
        <h1>Replay these syncs?</h1>
        <p>
          {count === 0
            ? 'None of them can go on.'
            : `${count} would go on, each where it stopped. ${plan.skipped.length} would be left out, ${plan.failed.length} would fail again.`}
        </p>
        {count > MOST_AT_ONCE && (
          <p class="notice">
            More than {MOST_AT_ONCE} are for the command line, which shows how far it is:{' '}
            <code>
              npx tokenkeeper replay{failure === undefined ? '' : ` --failure ${failure}`}
            </code>
          </p>
        )}
        <div class="actions">
          {count > 0 && count <= MOST_AT_ONCE && (
            <form method="post" action={pathOf(site, '/syncs/replay')}>
              <FormToken token={formToken} />
              <input type="hidden" name="failure" value={failure ?? ''} />
              <button class="primary">Replay {count}</button>
            </form>
          )}
          <a class="button" href={pathOf(site, '/syncs?show=failed')}>
            Leave them
          </a>
        </div>
        <Outcomes summary={plan} />
      </>
    ),
  }
}

function resultView(site: ConsoleSite, summary: ReplaySummary): View {
  const { replayed, skipped, failed, dryRun } = summary
  return {
    title: 'Replay',
    status: failed.length > 0 && replayed.length === 0 ? 409 : 200,
    body: (
      <>
        <h1>Replay</h1>
        <p class={dryRun || replayed.length === 0 ? 'notice' : 'done'} role="status">
          {dryRun
            ? `Nothing was started: more than ${MOST_AT_ONCE} match by now.`
            : `${replayed.length} started, ${skipped.length} left out, ${failed.length} failed.`}
        </p>
        <Outcomes summary={summary} />
        <p>
          <a class="button" href={pathOf(site, '/syncs')}>
            Show what runs
          </a>
        </p>
      </>
    ),
  }
}

function Outcomes({ summary: { dryRun, replayed, skipped, failed } }: { summary: ReplaySummary }) {
  const rows = [
    ...failed.map(({ workflowId, code, message }) => [workflowId, code, message] as const),
    ...skipped.map(({ workflowId, why }) => [workflowId, 'left out', why] as const),
    ...replayed.map(
      ({ workflowId, from, counters, note = '' }) =>
        [
          workflowId,
          dryRun ? 'would go on' : 'started',
          `${from === 'start' ? 'from the first page' : `after ${counters.read} records`} ${note}`,
        ] as const,
    ),
  ]
  if (rows.length === 0) return <></>
  return (
    <div class="scroll">
      <table>
        <caption class="unseen">What becomes of each sync</caption>
        <thead>
          <tr>
            <th scope="col">Sync</th>
            <th scope="col">Outcome</th>
            <th scope="col">Why</th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, MOST_AT_ONCE).map(([id, outcome, why]) => (
            <tr>
              <th scope="row" class="id">
                {toPlain(id, 300)}
              </th>
              <td class="tight">{outcome}</td>
              <td>{toPlain(why, 600)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
