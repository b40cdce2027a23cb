import {
  connectorFile,
  FLOW_WORKER_FILE,
  keeperFile,
  OWN_AUTH_FILE,
  practiceApiFile,
  SINKS_FILE,
  startSyncFile,
  workflowsFile,
} from './project-code.js'
import { type ProjectAnswers, variablePrefix } from './project-answers.js'
import { composeFile, readmeFile } from './project-guides.js'

/** Versions of packages, by name, as this version of tokenkeeper goes with. */
export type Versions = (name: string) => string

interface ProjectFile {
  readonly path: string
  readonly text: string
  /** Only for its owner. */
  readonly secret?: true | undefined
}

/**
 * All files of a project but its private key.
 * @param publicKey of that key
 */
export function projectFiles(
  answers: ProjectAnswers,
  versions: Versions,
  publicKey: string,
): readonly ProjectFile[] {
  const files: ProjectFile[] = [
    { path: 'package.json', text: packageFile(answers, versions) },
    { path: 'tsconfig.json', text: TSCONFIG_FILE },
    { path: 'connector.ts', text: connectorFile(answers) },
    { path: 'keeper.ts', text: keeperFile(answers) },
    { path: 'sinks.ts', text: SINKS_FILE },
    { path: 'workflows.ts', text: workflowsFile(answers) },
    { path: 'flow-worker.ts', text: FLOW_WORKER_FILE },
    { path: 'start-sync.ts', text: startSyncFile(answers) },
    { path: 'compose.yaml', text: composeFile(answers) },
    { path: '.env.example', text: environmentFile(answers, undefined) },
    { path: '.env', text: environmentFile(answers, publicKey), secret: true },
    { path: '.gitignore', text: GITIGNORE_FILE },
    { path: 'README.md', text: readmeFile(answers) },
  ]
  if (answers.auth.customAuth !== undefined)
    files.push({ path: 'own-auth.ts', text: OWN_AUTH_FILE })
  if (answers.baseUrl === undefined)
    files.push({ path: 'upstream.ts', text: practiceApiFile(answers.auth.kind) })
  return files
}

function packageFile(answers: ProjectAnswers, version: Versions): string {
  const { name, baseUrl } = answers
  const practises = baseUrl === undefined
  const temporal = ['activity', 'client', 'common', 'envconfig', 'worker', 'workflow']
  const dependencies = [...temporal.map((one) => `@temporalio/${one}`), 'tokenkeeper']
  const cli = 'tokenkeeper --env-file .env'
  const manifest = {
    name,
    private: true,
    type: 'module',
    scripts: {
      dev: `${cli} dev --db-file .temporal.db --with flows${practises ? ' --with upstream' : ''}`,
      ...(practises ? { upstream: 'tsx upstream.ts' } : undefined),
      keeper: `${cli} worker`,
      flows: 'tsx --env-file=.env flow-worker.ts',
      connect: connectScript(answers, cli),
      sync: 'tsx --env-file=.env start-sync.ts',
      status: `${cli} status`,
      doctor: `${cli} doctor --flows flows`,
      build: 'tsc',
    },
    dependencies: Object.fromEntries(dependencies.map((one) => [one, version(one)])),
    devDependencies: Object.fromEntries(
      ['@types/node', 'tsx', 'typescript'].map((one) => [one, version(one)]),
    ),
  }
  return `${JSON.stringify(manifest, undefined, 2)}\n`
}

/** How an account is connected: asked for, from a file, in a browser, or without any credential. */
function connectScript({ auth, connector }: ProjectAnswers, cli: string): string {
  const connect = `${cli} connect ${connector}`
  if (auth.credential === 'browser') return connect
  if (auth.file !== undefined) return `${connect} --stdin < credential.json`
  if (auth.credential.length === 0) return `echo {} | ${connect} --stdin`
  return [connect, ...auth.credential.map((field) => `--field ${field}`)].join(' ')
}

function environmentFile(answers: ProjectAnswers, publicKey: string | undefined): string {
  const value = publicKey !== undefined && answers.baseUrl === undefined ? 'practice' : ''
  const own = answers.auth.variables.map((name) => `${variablePrefix(answers)}_${name}=${value}`)
  const lines = [
    '# Where Temporal is. Namespace, TLS and API key: TEMPORAL_NAMESPACE, TEMPORAL_TLS…, TEMPORAL_API_KEY.',
    'TEMPORAL_ADDRESS=localhost:7233',
    '# With it, clients seal credentials: may be known to everybody.',
    `TOKENKEEPER_PUBLIC_KEY=${publicKey ?? ''}`,
    '# The private half, for the keeper worker alone.',
    'TOKENKEEPER_PRIVATE_KEYS=keeper.key',
  ]
  if (own.length > 0) lines.push('# Secrets of the connector, for the keeper worker alone.', ...own)
  return `${lines.join('\n')}\n`
}

const TSCONFIG_FILE = `{
  "compilerOptions": {
    "target": "es2023",
    "lib": ["es2023"],
    "module": "nodenext",
    "moduleResolution": "nodenext",
    "types": ["node"],
    "strict": true,
    "noUncheckedIndexedAccess": true,
    "verbatimModuleSyntax": true,
    "skipLibCheck": true,
    "rootDir": ".",
    "outDir": "out"
  },
  "include": ["*.ts"]
}
`

const GITIGNORE_FILE = `node_modules/
out/
# Secrets: never checked in.
.env
*.key
credential.json
# What the sync writes, and the database of \`npm run dev\`.
synced.ndjson
.temporal.db*
`
