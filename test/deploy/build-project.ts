import * as fs from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readDockerfile, type Stage } from './dockerfile.js'
import { runCommand } from './run-command.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const require = createRequire(import.meta.url)
/** Of the image's stages; each is a folder of its own here. */
const WORKDIR = '/project'

const PEERS = ['activity', 'client', 'common', 'worker', 'workflow', 'envconfig']
const DEVELOPMENT = ['typescript', '@types/node']

/**
 * Builds a project of a user that has the packed package, by the instructions of the Dockerfile: every stage is
 * a folder beside the others, `COPY` copies between them, `RUN npm …` runs there. What `apt-get` installs is
 * this machine's own.
 * @returns the folder that is `/project` of the last stage
 */
export async function buildProject(folder: string): Promise<string> {
  const context = join(folder, 'context')
  await writeContext(folder, context)
  let last = context
  for (const stage of readDockerfile()) last = await buildStage(folder, context, stage)
  return last
}

/** What a user has in the project's folder: sources, manifest and lock file. */
async function writeContext(folder: string, context: string): Promise<void> {
  await fs.cp(fileURLToPath(new URL('project', import.meta.url)), context, { recursive: true })
  const packed = await runCommand('npm', ['pack', '--pack-destination', folder], { cwd: root })
  const tarball = (await fs.readdir(folder)).find((name) => name.endsWith('.tgz'))
  if (packed.code !== 0 || tarball === undefined) throw new Error(packed.output)
  const manifest = join(context, 'package.json')
  const written = JSON.parse(await fs.readFile(manifest, 'utf8')) as object
  const project = {
    ...written,
    // Relative, since every stage is beside the tarball.
    dependencies: { tokenkeeper: `file:../${tarball}`, ...versionsOf(PEERS.map(toTemporal)) },
    devDependencies: versionsOf(DEVELOPMENT),
  }
  await fs.writeFile(manifest, JSON.stringify(project, null, 2))
  await npm(['install', '--package-lock-only', ...QUIET], context)
}

const QUIET = ['--prefer-offline', '--no-audit', '--no-fund']

async function buildStage(folder: string, context: string, stage: Stage): Promise<string> {
  const target = join(folder, stage.name)
  await fs.mkdir(target)
  for (const { name, text } of stage.instructions) {
    if (name === 'COPY') await copy(text, { folder, context, target })
    else if (name === 'RUN') await run(text, target)
  }
  return target
}

async function copy(
  text: string,
  { folder, context, target }: { folder: string; context: string; target: string },
): Promise<void> {
  const words = text.split(/\s+/)
  const from = words[0]?.startsWith('--from=') === true ? words.shift()?.slice(7) : undefined
  const to = words.pop() ?? '.'
  for (const word of words) {
    const source = from === undefined ? join(context, word) : join(folder, from, inProject(word))
    const into = words.length > 1 || to === './' ? join(to, basename(word)) : to
    await fs.cp(source, join(target, into), { recursive: true, verbatimSymlinks: true })
  }
}

function inProject(path: string): string {
  if (path.startsWith(WORKDIR)) return path.slice(WORKDIR.length)
  throw new Error(`COPY ${path}: the stages share ${WORKDIR} only`)
}

async function run(text: string, cwd: string): Promise<void> {
  const [program = '', ...args] = text.split(/\s+/)
  if (program === 'apt-get') return
  if (program !== 'npm') throw new Error(`RUN ${text}: only npm is run here`)
  await npm(args[0] === 'ci' ? [...args, '--prefer-offline'] : args, cwd)
}

async function npm(args: readonly string[], cwd: string): Promise<void> {
  const { code, output } = await runCommand('npm', args, { cwd })
  if (code !== 0) throw new Error(`npm ${args.join(' ')} failed in ${cwd}:\n${output}`)
}

function toTemporal(name: string): string {
  return `@temporalio/${name}`
}

/** The versions that are installed here, so that npm finds them in its cache. */
function versionsOf(names: readonly string[]): Record<string, string> {
  const version = (name: string): string => {
    const manifest = require(join(root, 'node_modules', name, 'package.json')) as {
      readonly version: string
    }
    return manifest.version
  }
  return Object.fromEntries(names.map((name) => [name, version(name)]))
}
