import { setTimeout as pause } from 'node:timers/promises'
import type { Handler } from 'hono'
import { streamSSE } from 'hono/streaming'
import type { ConsoleEnv, ConsoleSite } from '../site/console-site.js'
import { urlOfThisSite } from '../../web/public-url.js'
import { contentVersion } from './layout.js'
import { PART_HEADER } from './live-script.js'

const LOOK_FOR_CHANGES_EVERY_MS = 2000
/** Each open page is looked at again and again: more than these would be felt by the server. */
const MAX_STREAMS = 100
/** Then the browser asks again, so that a session that has ended ends the stream. */
const LONGEST_STREAM_MS = 60_000
/** Statuses after which the stream ends: the page is gone, or whoever asks may not see it any more. */
const ENDS_STREAM = [401, 403, 404]

/** Pages that only show: asking for them changes nothing. */
const LIVE = /^\/(?:connections\/[^/]+\/[^/]+|syncs|fleet)?$/

/**
 * A stream of server-sent events that carries a page's content whenever it is another one. The page is
 * asked for as the same person, so that it shows what this person may see.
 */
export function liveRoute(
  site: ConsoleSite,
  fetchPage: (request: Request) => Response | Promise<Response>,
): Handler<ConsoleEnv> {
  let open = 0
  return (c) => {
    const path = c.req.query('page') ?? ''
    const url = urlOfThisSite(`${site.place.basePath}${path}`, site.place)
    const asked = url === undefined ? '' : new URL(url).pathname.slice(site.place.basePath.length)
    if (url === undefined || !LIVE.test(asked)) return c.text('There is no such page.', 404)
    if (open >= MAX_STREAMS) return c.text('Too many pages are open.', 503, { 'Retry-After': '60' })
    // All headers are passed on: an application may tell by any of them who asks.
    const headers = new Headers(c.req.raw.headers)
    headers.set(PART_HEADER, 'main')
    // Proxies that collect answers would hold events back.
    c.header('X-Accel-Buffering', 'no')
    return streamSSE(c, async (stream) => {
      open += 1
      const ended = new AbortController()
      stream.onAbort(() => ended.abort())
      const untilMs = Date.now() + LONGEST_STREAM_MS
      let shown = c.req.header('last-event-id') ?? c.req.query('shown')
      try {
        while (!stream.aborted && Date.now() < untilMs) {
          const answer = await fetchPage(new Request(url, { headers }))
          const content = await answer.text()
          if (ENDS_STREAM.includes(answer.status)) {
            await stream.writeSSE({ event: 'gone', data: String(answer.status) })
            return
          }
          const digest = contentVersion(content)
          // A keeper worker or Temporal that is away for a moment comes back.
          if (answer.status !== 200 || digest === shown) await stream.write(': still here\n\n')
          else {
            await stream.writeSSE({ event: 'main', data: content, id: digest })
            shown = digest
          }
          await pause(LOOK_FOR_CHANGES_EVERY_MS, undefined, { signal: ended.signal }).catch(
            () => undefined,
          )
        }
      } finally {
        open -= 1
      }
    })
  }
}
