import { TokenkeeperError } from '../../client/errors/tokenkeeper-error.js'
import { type ConnectionRef, parseConnection } from '../../contract/connection-ref.js'
import { toPlain } from '../../contract/foreign-text.js'
import { type ConsoleContext, type ConsoleSite, pathOf } from '../site/console-site.js'

const TONES: Readonly<Record<string, 'good' | 'warn' | 'bad'>> = {
  active: 'good',
  running: 'good',
  completed: 'good',
  degraded: 'warn',
  paused: 'warn',
  pending: 'warn',
  waiting: 'warn',
  parked: 'warn',
  needs_reauth: 'bad',
  misconfigured: 'bad',
  rejected: 'bad',
  failed: 'bad',
  'timed out': 'bad',
  terminated: 'bad',
}

/** A state in words and colour: the words are enough. */
export function StateBadge({ state }: { state: string | undefined }) {
  const word = state ?? 'unknown'
  return <span class={`badge ${TONES[word] ?? ''}`}>{toPlain(word, 40).replaceAll('_', ' ')}</span>
}

const UNITS = [
  [86_400_000, 'day'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
] as const

/** `in 41 min`, `3 days ago`; the moment itself stands in the element. */
export function Moment({ atMs, nowMs }: { atMs: number | undefined; nowMs: number }) {
  if (atMs === undefined) return <span class="quiet">–</span>
  const iso = new Date(atMs).toISOString()
  return (
    <time datetime={iso} title={iso}>
      {relative(atMs - nowMs)}
    </time>
  )
}

function relative(distanceMs: number): string {
  const length = Math.abs(distanceMs)
  // A page that is open is not drawn again for each second.
  if (length < 10_000) return 'now'
  const [size, unit] = UNITS.find(([size]) => length >= size) ?? [1000, 's']
  const count = unit === 's' ? Math.floor(length / 10_000) * 10 : Math.round(length / size)
  const words = `${count} ${unit}${unit === 'day' && count > 1 ? 's' : ''}`
  return distanceMs > 0 ? `in ${words}` : `${words} ago`
}

/** The connection that a path names. @throws TokenkeeperError `InvalidConnection` */
export function connectionOf(c: ConsoleContext): ConnectionRef {
  const ref = parseConnection(`${c.req.param('connector') ?? ''}/${c.req.param('account') ?? ''}`)
  if (ref !== undefined) return ref
  throw new TokenkeeperError('InvalidConnection', 'This address names no connection.')
}

export function connectionPath(site: ConsoleSite, { connector, account }: ConnectionRef): string {
  return pathOf(site, `/connections/${connector}/${encodeURIComponent(account)}`)
}

export function Tags({ site, tags }: { site: ConsoleSite; tags: readonly string[] }) {
  return (
    <>
      {tags.map((tag) => (
        <a class="tag" href={pathOf(site, `/?tags=${encodeURIComponent(tag)}`)}>
          {toPlain(tag, 100)}
        </a>
      ))}
    </>
  )
}

/** To the first and the next page of a list: pages of visibility lead forward only. */
export function Pages({
  query,
  next,
  isFirst,
}: {
  query: URLSearchParams
  next: string | undefined
  isFirst: boolean
}) {
  const first = new URLSearchParams(query)
  first.delete('page')
  const following = new URLSearchParams(first)
  following.set('page', next ?? '')
  if (next === undefined && isFirst) return <></>
  return (
    <nav class="pages" aria-label="Pages of the list">
      {!isFirst && (
        <a class="button" href={`?${first.toString()}`}>
          First page
        </a>
      )}
      {next !== undefined && (
        <a class="button" href={`?${following.toString()}`}>
          Next page
        </a>
      )}
      {next === undefined && <span class="quiet">This is the last page.</span>}
    </nav>
  )
}
