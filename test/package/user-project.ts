import { execFile, spawn } from 'node:child_process'
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
const require = createRequire(import.meta.url)

export interface Ran {
  readonly code: number
  readonly stdout: string
  /** Standard output and standard error. */
  readonly output: string
}

/** Runs a program to its end; never throws for its exit code. */
export function run(program: string, args: readonly string[], cwd: string): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { cwd, maxBuffer: 64 * 1024 * 1024 }
    execFile(program, args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
      resolve({ code, stdout, output: `${stdout}${stderr}` })
    })
  })
}

/** A program of this repository's own development tools. */
export function runTool(name: string, args: readonly string[], cwd: string): Promise<Ran> {
  return run(join(root, 'node_modules', '.bin', name), args, cwd)
}

/** Packs the package as `npm publish` would, into a folder of its own. */
export async function packPackage(): Promise<{
  readonly tarball: string
  readonly folder: string
}> {
  const folder = await mkdtemp(join(tmpdir(), 'tokenkeeper-package-'))
  const packed = await run('npm', ['pack', '--pack-destination', folder], root)
  const [name] = (await readdir(folder)).filter((file) => file.endsWith('.tgz'))
  if (packed.code !== 0 || name === undefined) throw new Error(packed.output)
  return { tarball: join(folder, name), folder }
}

/** What the examples and pages need beside the package and its peers. */
const FURTHER = ['@temporalio/envconfig', '@temporalio/testing', 'zod', 'tsx', '@types/node']

/** An empty project of a user, with the tarball and its peers installed by npm. */
export async function createUserProject(folder: string, tarball: string): Promise<string> {
  const project = join(folder, 'project')
  await cp(fileURLToPath(new URL('project', import.meta.url)), project, { recursive: true })
  const packages = ['client', 'common', 'worker', 'workflow', 'activity'].map(
    (name) => `@temporalio/${name}`,
  )
  // The versions that are installed here, so that npm finds them in its cache.
  const wanted = [...packages, ...FURTHER].map(installedVersion)
  const flags = ['--prefer-offline', '--no-audit', '--no-fund']
  const installed = await run('npm', ['install', ...flags, tarball, ...wanted], project)
  if (installed.code !== 0) throw new Error(installed.output)
  return project
}

function installedVersion(name: string): string {
  const { version } = require(join(root, 'node_modules', name, 'package.json')) as {
    readonly version: string
  }
  return `${name}@${version}`
}

export interface RunningProgram {
  readonly stop: () => Promise<void>
  readonly output: () => string
}

/** Starts a compiled program of the project with an empty environment; `stop` ends it as an operator would. */
export function startProgram(
  project: string,
  name: string,
  args: readonly string[],
): RunningProgram {
  const child = spawn(process.execPath, [join('out', `${name}.js`), ...args], {
    cwd: project,
    env: {},
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve())
  })
  return {
    output: () => output,
    stop: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
}
