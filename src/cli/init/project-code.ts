import { codeName, PRACTICE_URL, type ProjectAnswers, variablePrefix } from './project-answers.js'

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
