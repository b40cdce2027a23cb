import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Connector } from '../../connectors/connector.js'
import { isConnectorName } from '../../contract/connection-ref.js'
import type { KeeperWorkerOptions } from '../keeper-options.js'

/** Looked for in this order where no module is named. */
const DEFAULT_MODULES = ['keeper.ts', 'keeper.js', 'keeper.mjs', 'dist/keeper.js', 'out/keeper.js']

/**
 * Loads the module of a project that names its connectors. One in TypeScript is loaded by the project's
 * own `tsx`, where Node does not read it by itself.
 * @param file relative to the working directory; default: the first of {@link DEFAULT_MODULES}
 * @throws TypeError with what is wrong with it; what the module itself throws stays its cause
 */
export async function loadProject(file: string | undefined): Promise<Project> {
  const path = findModule(file)
  try {
    if (/\.[cm]?ts$/.test(path)) await readTypeScript(path)
    const exports = (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>
    return readExports(exports)
  } catch (error) {
    throw new TypeError(`${path}: ${messageOf(error)}`, { cause: error })
  }
}

/** The module that is taken where none is named; undefined: there is none here. */
export function findProjectModule(): string | undefined {
  return DEFAULT_MODULES.map((name) => resolve(name)).find((candidate) => existsSync(candidate))
}

function findModule(file: string | undefined): string {
  const named = file === undefined ? undefined : resolve(file)
  const path = named === undefined ? findProjectModule() : existsSync(named) ? named : undefined
  if (path !== undefined) return path
  throw new TypeError(
    file === undefined
      ? `There is no ${DEFAULT_MODULES.join(', ')} in ${process.cwd()}: name the module that exports your connectors, or make a project with \`npx tokenkeeper init\`.`
      : `There is no module ${resolve(file)}: name the one that exports your connectors.`,
  )
}

interface TypeScriptLoader {
  readonly register: () => unknown
}

async function readTypeScript(path: string): Promise<void> {
  if (process.execArgv.some((argument) => argument.includes('tsx'))) return
  let loader: string
  try {
    loader = findLoader(path)
  } catch {
    // Node reads TypeScript by itself from 22.18 on.
    const features = process.features as { readonly typescript?: unknown }
    if (typeof features.typescript === 'string') return
    throw new TypeError(
      'it is TypeScript, which this version of Node does not read: \`npm install --save-dev tsx\`, or compile it and name the .js file.',
    )
  }
  const { register } = (await import(pathToFileURL(loader).href)) as TypeScriptLoader
  register()
}

/** The file that `import` finds by this name from there: `require` finds another one. */
function findLoader(path: string): string {
  const manifest = createRequire(path).resolve('tsx/package.json')
  const { exports } = JSON.parse(readFileSync(manifest, 'utf8')) as {
    readonly exports: { readonly './esm/api': { readonly import: { readonly default: string } } }
  }
  return join(dirname(manifest), exports['./esm/api'].import.default)
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return 'it threw what is no error'
  return error.message
}

/** What a project's module may say beside its connectors: the options of `createKeeperWorker`. */
type ProjectKeeperOptions = Partial<Omit<KeeperWorkerOptions, 'connection' | 'connectors'>>

/** What a keeper worker of a project is made of. */
interface Project {
  readonly connectors: readonly Connector[]
  readonly options: ProjectKeeperOptions
}

/**
 * Reads the exports of a project's module: every connector, by whatever name and in lists too, and the
 * options of the keeper worker by the name `keeper`. Other exports are left alone.
 * @throws TypeError where there is no connector, or `keeper` is no object
 */
function readExports(exports: Readonly<Record<string, unknown>>): Project {
  const { keeper } = exports
  if (keeper !== undefined && (typeof keeper !== 'object' || keeper === null))
    throw new TypeError(
      'its export `keeper` is no object: give it the options of createKeeperWorker, as { sinks, customAuth }',
    )
  const { connectors: listed, ...options } = (keeper ?? {}) as ProjectKeeperOptions & {
    readonly connectors?: unknown
  }
  const found = [...Object.values(exports), listed].flat().filter(isConnector)
  if (found.length === 0)
    throw new TypeError(
      'it exports no connector: export what defineConnector() returned, by any name',
    )
  return { connectors: [...new Set(found)], options }
}

/** `defineConnector` freezes what it makes. */
function isConnector(value: unknown): value is Connector {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.isFrozen(value) &&
    'id' in value &&
    isConnectorName(value.id) &&
    'auth' in value &&
    'endpoints' in value
  )
}
