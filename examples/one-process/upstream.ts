import { createServer } from 'node:http'

/** Plays the API of somebody else: each token lives for a minute, and nothing passes without one. */
let token: string | undefined

export const upstream = createServer((request, response) => {
  response.setHeader('content-type', 'application/json')
  if (request.url === '/token') {
    token = `token-${Date.now()}`
    response.end(JSON.stringify({ access_token: token, token_type: 'Bearer', expires_in: 60 }))
  } else if (request.headers.authorization === `Bearer ${token}`) {
    response.end(JSON.stringify({ total: 42 }))
  } else {
    response.writeHead(401).end()
  }
}).listen(4800, '127.0.0.1')
