import {
  codeName,
  PRACTICE_PORT,
  PRACTICE_URL,
  type ProjectAnswers,
  variablePrefix,
} from './project-answers.js'

/** `connector.ts`: how to authenticate, and which endpoints there are. */
export function connectorFile(answers: ProjectAnswers): string {
  const { auth, baseUrl = PRACTICE_URL, connector, listPath, items, verifyPath } = answers
  const imports = [...new Set([...auth.imports, 'defineConnector', 'get', 'linkHeader'])].sort()
  const code = auth.code
    .replaceAll('${BASE}', '${baseUrl}')
    .replaceAll('ENV_', `${variablePrefix(answers)}_`)
  const itemsLine = items === '' ? '' : `items: ${quote(items)}, `
  const verify = verifyPath === undefined ? '' : `\n  verify: 'me.get',`
  const me = verifyPath === undefined ? '' : `\n    'me.get': get(${quote(verifyPath)}),`
  return `import { ${imports.join(', ')} } from 'tokenkeeper/connector'

const baseUrl = ${quote(baseUrl)}

/** It names secrets and holds none: the keeper worker looks up \`secret('env:…')\`, and connections bring theirs. */
export const ${codeName(answers)} = defineConnector({
  id: ${quote(connector)},
  baseUrl,
  auth: ${code},${verify}
  endpoints: {${me}
    // Page by page, by the Link header (RFC 8288). Other styles: docs/sync/reading.md of tokenkeeper.
    'records.list': get(${quote(listPath)}, { ${itemsLine}paginate: linkHeader() }),
  },
})
`
}

/** `keeper.ts`: what `tokenkeeper worker` runs. */
export function keeperFile(answers: ProjectAnswers): string {
  const { customAuth } = answers.auth
  const own = customAuth === undefined ? '' : `, customAuth: { ${customAuth}: ownAuth }`
  const imported = customAuth === undefined ? '' : `import { ownAuth } from './own-auth.js'\n`
  return `// What the keeper worker is made of: \`tokenkeeper worker\` and \`tokenkeeper dev\` read it.
${imported}import { toFile } from './sinks.js'

export { ${codeName(answers)} } from './connector.js'

/** Further options of createKeeperWorker. */
export const keeper = { sinks: { toFile }${own} }
`
}

/** `own-auth.ts`: for the kind \`custom\`. */
export const OWN_AUTH_FILE = `import { defineCustomAuth } from 'tokenkeeper'

/** How requests authenticate, by a function of yours: it runs on the keeper worker only. */
export const ownAuth = defineCustomAuth({
  carriers: { headers: ['authorization'] },
  authorize: ({ request, secrets }) => ({
    ...request,
    headers: { ...request.headers, authorization: \`Own \${secrets['token']?.reveal() ?? ''}\` },
  }),
})
`

export const SINKS_FILE = `import { appendFile } from 'node:fs/promises'

/**
 * Takes what a sync has read, a batch at a time. After a crash it may get a batch again.
 * For trying out: in containers with a read-only file system, as of tokenkeeper's docker-compose.yml, it can't write.
 */
export async function toFile(records: readonly unknown[]): Promise<void> {
  const lines = records.map((record) => \`\${JSON.stringify(record)}\\n\`)
  await appendFile('synced.ndjson', lines.join(''))
}
`

/** `workflows.ts`: the flows. */
export function workflowsFile(answers: ProjectAnswers): string {
  const name = codeName(answers)
  return `import { connection } from 'tokenkeeper/workflow'
import type { ${name} } from './connector.js'

// The ready-made flow: a worker that exports it can run syncs.
export { syncFlow } from 'tokenkeeper/workflow'

/** A flow of your own: one call. No credential passes through this code, nor through its history. */
export async function firstPage(account: string): Promise<unknown> {
  const api = connection<typeof ${name}>(${quote(answers.connector)}, account)
  return await api.call('records.list', {})
}
`
}

export const FLOW_WORKER_FILE = `import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadClientConnectConfig } from '@temporalio/envconfig'
import { NativeConnection, Worker } from '@temporalio/worker'
import { serveWorkerHealth } from 'tokenkeeper/worker'

// An ordinary Temporal worker: no key, no connector, no secret.
const { connectionOptions, namespace = 'default' } = loadClientConnectConfig()
const connection = await NativeConnection.connect(connectionOptions)
// \`workflows.ts\` under a loader, \`workflows.js\` once it is compiled.
const workflows = new URL(\`workflows\${extname(import.meta.url)}\`, import.meta.url)
const worker = await Worker.create({
  connection,
  namespace,
  taskQueue: 'flows',
  workflowsPath: fileURLToPath(workflows),
})
// Where TOKENKEEPER_HEALTH says: \`npx tokenkeeper doctor --worker\` asks there, in a container.
await serveWorkerHealth(worker)
console.log('The flow worker is ready.')
await worker.run()
await connection.close()
`

/** `start-sync.ts`: starts a sync, and waits for what comes of it. */
export function startSyncFile({ connector }: ProjectAnswers): string {
  return `import { Client, Connection } from '@temporalio/client'
import { loadClientConnectConfig } from '@temporalio/envconfig'
import { syncWorkflowId } from 'tokenkeeper/client'
import { type SyncInput, syncFlow } from 'tokenkeeper/workflow'

const { connectionOptions, namespace = 'default' } = loadClientConnectConfig()
const connection = await Connection.connect(connectionOptions)
const client = new Client({ connection, namespace })

const [, , account = 'default'] = process.argv
const sync: SyncInput = {
  from: { connection: \`${connector}/\${account}\`, endpoint: 'records.list' },
  to: { sink: 'toFile' },
}
const workflowId = syncWorkflowId(sync)
// The same id does not run twice at once: a second start joins the first.
const handle = await client.workflow.start(syncFlow, {
  workflowId,
  taskQueue: 'flows',
  workflowIdConflictPolicy: 'USE_EXISTING',
  args: [sync],
})
console.log(\`Started \${workflowId}\`)
const { pages, read, written } = await handle.result()
console.log(\`Done: \${pages} pages, \${read} records read, \${written} written to synced.ndjson.\`)
await connection.close()
`
}

/** A text as a literal of the language, in single quotes where that is the same. */
function quote(text: string): string {
  const json = JSON.stringify(text)
  return /['\\]/.test(json) ? json : `'${json.slice(1, -1)}'`
}

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
