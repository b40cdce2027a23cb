import { PRACTICE_PORT } from './project-answers.js'

/** An API to practise with. It takes any credential, and for OAuth 2.0 only tokens that it gave. */
const PRACTICE_API_FILE = `import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

// Plays the API of somebody else, so that you can begin without one. It knows nothing of tokenkeeper.
const PORT = ${PRACTICE_PORT}
const PAGE_SIZE = 10
const TOKEN_SECONDS = 30
const records = Array.from({ length: 25 }, (_, n) => ({ id: String(n + 1), name: \`record \${n + 1}\` }))
/** Access tokens, and when they die. */
const tokens = new Map<string, number>()

function answer(request: IncomingMessage, response: ServerResponse): unknown {
  const url = new URL(request.url ?? '/', \`http://127.0.0.1:\${PORT}\`)
  switch (\`\${request.method} \${url.pathname}\`) {
    // A person consents at once; in real life that is a page.
    case 'GET /authorize': {
      const back = new URL(url.searchParams.get('redirect_uri') ?? '')
      back.searchParams.set('code', randomUUID())
      back.searchParams.set('state', url.searchParams.get('state') ?? '')
      response.statusCode = 302
      response.setHeader('location', back.href)
      return {}
    }
    case 'POST /token': {
      const token = randomUUID()
      tokens.set(token, Date.now() + TOKEN_SECONDS * 1000)
      return {
        access_token: token,
        token_type: 'Bearer',
        expires_in: TOKEN_SECONDS,
        refresh_token: randomUUID(),
      }
    }
    case 'POST /session':
      response.setHeader('set-cookie', \`SESSION=\${randomUUID()}; Path=/; HttpOnly\`)
      return { idleMinutes: 5 }
    case 'DELETE /session':
      return {}
  }
  if (!letsIn(request)) {
    response.statusCode = 401
    return { error: 'unauthorized' }
  }
  switch (url.pathname) {
    case '/me':
      return { name: 'practice' }
    case '/records': {
      const page = Number(url.searchParams.get('page') ?? 1)
      if (page * PAGE_SIZE < records.length)
        response.setHeader('link', \`</records?page=\${page + 1}>; rel="next"\`)
      return { records: records.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE) }
    }
  }
  response.statusCode = 404
  return { error: 'not found' }
}

function letsIn({ headers }: IncomingMessage): boolean {
  if (OPEN) return true
  const token = headers.authorization?.replace(/^Bearer /, '') ?? ''
  if (GIVES_TOKENS) return (tokens.get(token) ?? 0) > Date.now()
  return [headers.authorization, headers['x-api-key'], headers.cookie].some(Boolean)
}

createServer((request, response) => {
  request.resume().once('end', () => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(answer(request, response)))
  })
}).listen(PORT, '127.0.0.1', () => console.log(\`The practice API listens on port \${PORT}.\`))
`

/** The practice API for one kind of authentication. */
export function practiceApiFile(kind: string): string {
  const givesTokens = /^(?:authorization-code|client-credentials|refresh-token|jwt-bearer)$/.test(
    kind,
  )
  return PRACTICE_API_FILE.replace(
    '/** Access tokens',
    `const OPEN = ${kind === 'none'}\nconst GIVES_TOKENS = ${givesTokens}\n/** Access tokens`,
  )
}
