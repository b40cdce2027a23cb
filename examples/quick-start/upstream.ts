import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'

// Plays two APIs of others on one port: a shop and an ERP. It knows nothing of tokenkeeper.
const PORT = 4801
const TOKEN_SECONDS = 6
const PAGE_SIZE = 10
const orders = Array.from({ length: 600 }, (_, n) => ({ id: String(n + 1), total: n + 1 }))
const copied = new Set<string>()
/** What the customer granted. A refresh token is good for one use. */
let refreshToken: string | undefined
let accessToken: string | undefined
let diesAt = 0

async function answer(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
  const { pathname, searchParams } = new URL(request.url ?? '/', `http://127.0.0.1:${PORT}`)
  const refuse = (status: number, error: string): unknown => {
    response.statusCode = status
    return { error }
  }
  switch (`${request.method} ${pathname.replace(/\/\d+$/, '/{id}')}`) {
    // The customer agrees, or takes it back; a page for people in real life.
    case 'POST /shop/grants':
      return { refreshToken: (refreshToken = randomUUID()) }
    case 'DELETE /shop/grants':
      refreshToken = accessToken = undefined
      return { revoked: true }
    case 'POST /shop/token':
      if (new URLSearchParams(await bodyOf(request)).get('refresh_token') !== refreshToken)
        return refuse(400, 'invalid_grant')
      refreshToken = randomUUID()
      accessToken = randomUUID()
      diesAt = Date.now() + TOKEN_SECONDS * 1000
      return {
        access_token: accessToken,
        token_type: 'Bearer',
        expires_in: TOKEN_SECONDS,
        refresh_token: refreshToken,
      }
  }
  if (!(pathname.startsWith('/erp/') ? erpLetsIn(request) : shopLetsIn(request)))
    return refuse(401, 'unauthorized')
  switch (pathname.replace(/\/\d+$/, '/{id}')) {
    case '/shop/me':
    case '/erp/me':
      return { name: 'acme' }
    case '/shop/orders/{id}':
      return orders[Number(pathname.split('/').at(-1)) - 1] ?? refuse(404, 'no such order')
    case '/shop/orders': {
      await pause(400)
      const page = Number(searchParams.get('page') ?? 1)
      if (page * PAGE_SIZE < orders.length)
        response.setHeader('link', `</shop/orders?page=${page + 1}>; rel="next"`)
      return { orders: orders.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE) }
    }
    case '/erp/orders/batch': {
      const batch = JSON.parse(await bodyOf(request)) as { readonly orders: typeof orders }
      for (const { id } of batch.orders) copied.add(id)
      return { copied: copied.size }
    }
  }
  return refuse(404, 'no such address')
}

function shopLetsIn({ headers }: IncomingMessage): boolean {
  return headers.authorization === `Bearer ${accessToken}` && Date.now() < diesAt
}

function erpLetsIn({ headers }: IncomingMessage): boolean {
  return headers['x-api-key'] === 'the-key-of-the-erp'
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

createServer((request, response) => {
  response.setHeader('content-type', 'application/json')
  void answer(request, response).then((body) => response.end(`${JSON.stringify(body)}\n`))
}).listen(PORT, '127.0.0.1', () => {
  console.log(`The shop and the ERP listen on port ${PORT}.`)
})
