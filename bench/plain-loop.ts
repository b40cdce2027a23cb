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

/** Reads page after page, one ahead while the last one is written, and hands each to the sink. */
export async function plainLoop({ url, sink, token }: PageInput): Promise<number> {
  let pages = 0
  let coming: Promise<Page> | undefined = readPage(url, token)
  while (coming !== undefined) {
    const page: Page = await coming
    coming = page.next === undefined ? undefined : readPage(page.next, token)
    await writePage(sink, page, `page-${String(pages)}`)
    pages += 1
  }
  return pages
}

/** Reads one page, writes it, and gives the next. */
export async function movePage({ url, sink, token }: PageInput): Promise<string | undefined> {
  const page = await readPage(url, token)
  await writePage(sink, page, url)
  return page.next
}

async function readPage(url: string, token: string): Promise<Page> {
  const { statusCode, headers, body } = await request(url, {
    dispatcher,
    headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
  })
  if (statusCode !== 200) throw new Error(`the shop answered ${String(statusCode)}`)
  const { orders } = (await body.json()) as { readonly orders: readonly unknown[] }
  const next = /<([^>]+)>; rel="next"/.exec(String(headers['link']))?.[1]
  return { orders, next }
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
