import { spawn, type ChildProcess } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { Connection } from '@temporalio/client'
import { SEARCH_ATTRIBUTES } from '../../src/contract/search-attributes.js'
import { findBinary } from './find-binary.mjs'
import { freePorts, requireFreePort } from './free-ports.js'
import { TOOLS } from './tools.mjs'

/** What a dev server is started with; everything has a default. */
export interface DevServerOptions {
  /** Path of the Temporal CLI; else `TEMPORAL_CLI_PATH`, else it is found. */
  readonly cliPath?: string
  /** With the Web UI (default: without). */
  readonly ui?: boolean
  /** gRPC port; a busy one is an error. Default: a free one. */
  readonly port?: number
  /** Port of the Web UI, implies `ui`; a busy one is an error. Default: a free one. */
  readonly uiPort?: number
  /** SQLite file that keeps the workflows; default: memory. */
  readonly dbFilename?: string
  /** Registers tokenkeeper's search attributes at the start (default: true). */
  readonly searchAttributes?: boolean
  /** More arguments of `temporal server start-dev`. */
  readonly extraArgs?: readonly string[]
}

/** A running dev server with the namespace `default`. */
export interface DevServer {
  /** `host:port` of the gRPC frontend. */
  readonly address: string
  /** URL of the Web UI, when it was asked for. */
  readonly uiAddress?: string
  readonly pid: number
  /** Ends it in good order and waits until it is gone; may be called twice. */
  stop(): Promise<void>
  /** Ends it at once (SIGKILL) and waits until it is gone. */
  kill(): Promise<void>
}

const START_LIMIT_MS = 30_000
const STOP_LIMIT_MS = 5_000
const LOOK_EVERY_MS = 50
const STARTS = 3

/** Starts a Temporal dev server on 127.0.0.1 and waits until namespace and search attributes answer. */
export async function startDevServer(options: DevServerOptions = {}): Promise<DevServer> {
  const ui = options.ui ?? options.uiPort !== undefined
  if (options.port !== undefined) await requireFreePort(options.port, 'the gRPC port')
  if (options.uiPort !== undefined) await requireFreePort(options.uiPort, 'the Web UI port')
  const cliPath = options.cliPath ?? process.env.TEMPORAL_CLI_PATH ?? (await findBinary(TOOLS.cli))
  for (let attempt = 1; ; attempt++) {
    const [freePort = 0, freeUiPort = 0] = await freePorts(2)
    const ports = { port: options.port ?? freePort, uiPort: options.uiPort ?? freeUiPort }
    const child = new ServerProcess(cliPath, serverArguments(options, ui, ports))
    try {
      const address = `127.0.0.1:${String(ports.port)}`
      await child.answers(address, options.searchAttributes ?? true)
      const server = { address, pid: child.pid, stop: () => child.stop(), kill: () => child.kill() }
      return ui ? { ...server, uiAddress: `http://127.0.0.1:${String(ports.uiPort)}` } : server
    } catch (error) {
      await child.kill()
      // between looking for a free port and using it, another program may have taken it
      if (attempt === STARTS || !/address already in use/.test(String(error))) throw error
    }
  }
}

function serverArguments(
  options: DevServerOptions,
  ui: boolean,
  { port, uiPort }: { port: number; uiPort: number },
): string[] {
  const attributes = Object.entries(SEARCH_ATTRIBUTES).flatMap(([name, type]) => [
    '--search-attribute',
    `${name}=${cliType(type)}`,
  ])
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port)],
    ...(ui ? ['--ui-ip', '127.0.0.1', '--ui-port', String(uiPort)] : ['--headless']),
    ...['--log-level', 'error'],
    ...(options.dbFilename === undefined ? [] : ['--db-filename', options.dbFilename]),
    ...['--dynamic-config-value', 'frontend.enableServerVersionCheck=false'],
    ...['--dynamic-config-value', 'frontend.namespaceRPS=20000'],
    ...['--dynamic-config-value', 'frontend.namespaceRPS.visibility=1000'],
    ...['--dynamic-config-value', 'system.forceSearchAttributesCacheRefreshOnRead=true'],
    ...(options.searchAttributes === false ? [] : attributes),
    ...(options.extraArgs ?? []),
  ]
}

/** As the CLI calls a type: `KeywordList`. */
function cliType(type: string): string {
  const words = type.split('_').map((word) => word.charAt(0) + word.slice(1).toLowerCase())
  return words.join('')
}

class ServerProcess {
  readonly #child: ChildProcess
  readonly #gone: Promise<void>
  #isGone = false
  #lastWords = ''

  constructor(path: string, args: readonly string[]) {
    this.#child = spawn(path, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#gone = new Promise((resolve) => {
      this.#child.once('close', resolve)
      this.#child.once('error', (error) => {
        this.#lastWords += error.message
        resolve()
      })
    })
    void this.#gone.then(() => (this.#isGone = true))
    const keep = (text: string): string => (this.#lastWords = (this.#lastWords + text).slice(-4000))
    this.#child.stdout?.setEncoding('utf8').on('data', keep)
    this.#child.stderr?.setEncoding('utf8').on('data', keep)
    const killAtExit = (): void => void this.#child.kill('SIGKILL')
    process.once('exit', killAtExit)
    void this.#gone.then(() => process.off('exit', killAtExit))
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  async answers(address: string, searchAttributes: boolean): Promise<void> {
    const endsAtMs = Date.now() + START_LIMIT_MS
    while (!(await isReady(address, searchAttributes))) {
      if (this.#isGone || Date.now() > endsAtMs) {
        const what = this.#isGone ? 'ended' : 'does not answer'
        throw new Error(`the Temporal dev server ${what}:\n${this.#lastWords.trim()}`)
      }
      await delay(LOOK_EVERY_MS)
    }
    if (this.#isGone) throw new Error(`the Temporal dev server ended:\n${this.#lastWords.trim()}`)
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM')
    const late = setTimeout(() => this.#child.kill('SIGKILL'), STOP_LIMIT_MS)
    await this.#gone
    clearTimeout(late)
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#gone
  }
}

async function isReady(address: string, searchAttributes: boolean): Promise<boolean> {
  let connection: Connection | undefined
  try {
    connection = await Connection.connect({ address, connectTimeout: 2000 })
    const namespace = 'default'
    await connection.workflowService.describeNamespace({ namespace })
    if (!searchAttributes) return true
    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace,
    })
    return Object.keys(SEARCH_ATTRIBUTES).every((name) => name in customAttributes)
  } catch {
    return false
  } finally {
    await connection?.close()
  }
}
