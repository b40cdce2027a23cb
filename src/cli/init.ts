import { access, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createInterface } from 'node:readline'
import { CONNECTOR_RULE, isConnectorName } from '../contract/connection-ref.js'
import { AUTH_TEMPLATES, authTemplate, type AuthTemplate } from './init/auth-templates.js'
import type { ProjectAnswers } from './init/project-answers.js'
import { projectFiles, type Versions } from './init/project-files.js'
import { printLines, printNotes } from './frame/print.js'
import { UsageError } from './frame/usage-error.js'
import { KEY_FILE, writeKeyPair } from './write-key-file.js'
import { EXIT } from './frame/exit-codes.js'

export interface InitOptions {
  readonly auth?: string | undefined
  readonly baseUrl?: string | undefined
  readonly connector?: string | undefined
  readonly listPath?: string | undefined
  readonly items?: string | undefined
  readonly verifyPath?: string | undefined
  /** False with `--no-input`. */
  readonly input: boolean
}

/**
 * `tokenkeeper init`: writes a project that runs as written. Asks on a terminal for what no option says;
 * never overwrites anything.
 */
export async function init(folder: string | undefined, options: InitOptions): Promise<void> {
  const asks = options.input && process.stdin.isTTY
  const answers = await readAnswers(folder, options, asks)
  const target = resolve(folder ?? '.')
  const names = projectFiles(answers, () => '', '').map(({ path }) => path)
  await refuseOverwriting(target, [...names, KEY_FILE])
  await mkdir(target, { recursive: true })
  const publicKey = await writeKeyPair(join(target, KEY_FILE), new Date())
  const files = projectFiles(answers, await readVersions(), publicKey)
  for (const { path, text, secret } of files)
    await writeFile(join(target, path), text, { flag: 'wx', mode: secret === true ? 0o600 : 0o644 })
  const shown = relative(process.cwd(), target) || '.'
  printNotes(`Written to ${shown}: ${[...names, KEY_FILE].join(', ')}.`)
  if (shown !== '.') printLines(`cd ${shown}`)
  printLines(
    'npm install',
    'npm run dev        # Temporal, the keeper worker, the flow worker; stays open',
    'npm run connect    # in a second terminal',
    'npm run sync',
  )
  if (answers.auth.variables.length > 0 && answers.baseUrl !== undefined)
    printNotes(`Before that, fill in ${join(shown, '.env')}.`)
}

async function readAnswers(
  folder: string | undefined,
  options: InitOptions,
  asks: boolean,
): Promise<ProjectAnswers> {
  const name = readName(basename(resolve(folder ?? '.')))
  const auth = options.auth === undefined ? await askKind(asks) : readKind(options.auth)
  const baseUrl = readBaseUrl(
    options.baseUrl ??
      (asks
        ? await ask('Base URL of the API (empty: an API to practise with, which comes along): ')
        : undefined),
  )
  const practises = baseUrl === undefined
  const connector = readConnector(
    options.connector ?? (practises ? 'practice' : suggestConnector(baseUrl)),
  )
  const listPath = checkPath(
    '--list-path',
    options.listPath ??
      (asks && !practises
        ? await ask('Path of a list of records, below it [/records]: ')
        : undefined),
  )
  const items =
    options.items ??
    (asks && !practises
      ? await ask(
          'Where the records stand in its answer, as data.items (empty: the answer is the list): ',
        )
      : practises
        ? 'records'
        : '')
  return {
    name,
    connector,
    auth,
    baseUrl,
    listPath: listPath ?? '/records',
    items,
    verifyPath: checkPath('--verify-path', options.verifyPath) ?? (practises ? '/me' : undefined),
  }
}

/** As package.json takes it. */
function readName(folder: string): string {
  const name = folder
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+/, '')
  return name === '' ? 'sync' : name
}

async function askKind(asks: boolean): Promise<AuthTemplate> {
  if (!asks)
    throw new UsageError(
      `There is no terminal to ask for the kind of authentication: give --auth with one of ${AUTH_TEMPLATES.map(({ kind }) => kind).join(', ')}.`,
    )
  printNotes(
    'How does the API authenticate?',
    ...AUTH_TEMPLATES.map(
      ({ kind, title }, index) => `  ${String(index + 1).padStart(2)}  ${kind.padEnd(18)} ${title}`,
    ),
  )
  for (;;) {
    const answer = (await ask('Number or name [1]: ')) || '1'
    const found = AUTH_TEMPLATES[Number(answer) - 1] ?? authTemplate(answer)
    if (found !== undefined) return found
    printNotes('That is none of them.')
  }
}

function readKind(kind: string): AuthTemplate {
  const found = authTemplate(kind)
  if (found !== undefined) return found
  throw new UsageError(
    `There is no kind of authentication of that name: --auth takes ${AUTH_TEMPLATES.map((one) => one.kind).join(', ')}.`,
  )
}

function readBaseUrl(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isLoopback = /^(?:127\.|localhost$|\[::1\]$)|\.localhost$/.test(url?.hostname ?? '')
  const isPlain =
    url?.username === '' && url.password === '' && url.search === '' && url.hash === ''
  if (
    url !== undefined &&
    isPlain &&
    (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback))
  )
    return text.replace(/\/+$/, '')
  throw new UsageError(
    'The base URL begins with https://, has no user, query or fragment (http only on this machine), as in https://api.example.com/v1.',
  )
}

/** `https://api.ticket-desk.example/v1` gives `ticket-desk`. */
function suggestConnector(baseUrl: string): string {
  const labels = new URL(baseUrl).hostname
    .split('.')
    .filter((label) => !/^(?:www|api|\d+)$/.test(label))
  const [name = ''] = labels
  return isConnectorName(name) ? name : 'api'
}

function readConnector(id: string): string {
  if (isConnectorName(id)) return id
  throw new UsageError(`That is no name for a connector: it has ${CONNECTOR_RULE}.`)
}

function checkPath(option: string, path: string | undefined): string | undefined {
  if (path === undefined || path === '') return undefined
  if (/^\/[^?#\s]*$/.test(path)) return path
  throw new UsageError(`${option} is a path below the base URL, as /orders.`)
}

async function refuseOverwriting(folder: string, names: readonly string[]): Promise<void> {
  const there = await readdir(folder).catch(() => [] as string[])
  const taken = names.filter((name) => there.includes(name))
  if (taken.length > 0)
    throw new Error(
      `Nothing was written: ${taken.join(', ')} ${taken.length === 1 ? 'is' : 'are'} in ${folder} already, and nothing is ever overwritten. Name another folder: npx tokenkeeper init <folder>`,
    )
}

/** This package's own manifest names versions that go together. */
async function readVersions(): Promise<Versions> {
  const manifest = JSON.parse(await readFile(await findManifest(), 'utf8')) as Record<
    'dependencies' | 'devDependencies' | 'peerDependencies',
    Readonly<Record<string, string>>
  > & { readonly version: string }
  const known = {
    ...manifest.devDependencies,
    ...manifest.dependencies,
    ...manifest.peerDependencies,
  }
  return (name) => (name === 'tokenkeeper' ? `^${manifest.version}` : (known[name] ?? '*'))
}

async function findManifest(): Promise<string> {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const file = join(folder, 'package.json')
    const isThere = await access(file).then(
      () => true,
      () => false,
    )
    if (isThere) return file
    if (folder === dirname(folder)) throw new Error('the package.json of tokenkeeper is not found')
  }
}

/** Asks on the terminal for something that is shown while it is typed; empty where nothing was. */
async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr, historySize: 0 })
  try {
    return await new Promise<string>((resolve) => {
      lines.once('SIGINT', () => {
        lines.close()
        process.exit(EXIT.interrupted)
      })
      lines.once('close', () => resolve(''))
      lines.question(question, (answer) => resolve(answer.trim()))
    })
  } finally {
    lines.close()
  }
}
