import type { IncomingHttpHeaders } from 'node:http'
import { Agent, request } from 'undici'
import { SINK_KEY } from './upstream.js'

export interface PageInput {
  readonly url: string
  readonly sink: string
  readonly token: string
}

interface Page {
  readonly orders: readonly unknown[]
  readonly next: string | undefined
}

const dispatcher = new Agent()

/** What a page says of the next one, by hand: as a program for one API would be written. */
export interface PlainStyle {
  readonly next: (page: {
    readonly url: string
    readonly headers: IncomingHttpHeaders
    readonly body: PlainBody
  }) => string | undefined
}

interface PlainBody {
  readonly orders: readonly { readonly number: number }[]
  readonly next?: string
}

export const PLAIN_STYLES = {
  link: { next: ({ headers }) => /<([^>]+)>; rel="next"/.exec(String(headers.link))?.[1] },
  cursor: {
    next: ({ url, body }) =>
      body.next === undefined ? undefined : withQuery(url, 'cursor', body.next),
  },
  keyset: {
    next: ({ url, body }) => {
      const last = body.orders.at(-1)
      return last === undefined ? undefined : withQuery(url, 'since_id', String(last.number))
    },
  },
} as const satisfies Record<string, PlainStyle>

function withQuery(url: string, name: string, value: string): string {
  const next = new URL(url)
  next.searchParams.set(name, value)
  return next.href
}

/** Reads page after page, one ahead while the last one is written, and hands each to the sink. */
export async function plainLoop(
  { url, sink, token }: PageInput,
  style: PlainStyle = PLAIN_STYLES.link,
): Promise<number> {
  let pages = 0
  let coming: Promise<Page> | undefined = readPage(url, token, style)
  while (coming !== undefined) {
    const page: Page = await coming
    // An empty page at the end is none to write.
    if (page.orders.length === 0) break
    coming = page.next === undefined ? undefined : readPage(page.next, token, style)
    await writePage(sink, page, `page-${String(pages)}`)
    pages += 1
  }
  return pages
}

/** Reads one page, writes it, and gives the next. */
export async function movePage({ url, sink, token }: PageInput): Promise<string | undefined> {
  const page = await readPage(url, token, PLAIN_STYLES.link)
  await writePage(sink, page, url)
  return page.next
}

async function readPage(url: string, token: string, style: PlainStyle): Promise<Page> {
  const { statusCode, headers, body } = await request(url, {
    dispatcher,
    headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
  })
  if (statusCode !== 200) throw new Error(`the shop answered ${String(statusCode)}`)
  const answer = (await body.json()) as PlainBody
  return { orders: answer.orders, next: style.next({ url, headers, body: answer }) }
}

async function writePage(sink: string, { orders }: Page, key: string): Promise<void> {
  const { statusCode, body } = await request(sink, {
    dispatcher,
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-api-key': SINK_KEY,
      'idempotency-key': key,
    },
    body: JSON.stringify({ orders }),
  })
  await body.json()
  if (statusCode !== 200) throw new Error(`the sink answered ${String(statusCode)}`)
}
