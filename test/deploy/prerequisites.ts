import { existsSync } from 'node:fs'
import * as fs from 'node:fs/promises'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import { cacheFolder } from '../../scripts/temporal/cache.mjs'
import { runCommand } from './run-command.js'

/** Why the set cannot be started on this machine. It is no failure: the run says so and is skipped. */
export class NotToBeHad extends Error {}

const POSTGRESQL_FOLDERS = '/usr/lib/postgresql'

/**
 * Finds PostgreSQL, bubblewrap and busybox, and installs from Debian's packages what is missing.
 * @returns the folder with `postgres`, `initdb`, `pg_isready` and `psql`
 * @throws NotToBeHad
 */
export async function findPostgresql(): Promise<string> {
  const wanted: string[] = []
  if ((await newestPostgresql()) === undefined) wanted.push('postgresql')
  if ((await runCommand('bwrap', ['--version'])).code !== 0) wanted.push('bubblewrap')
  if (!existsSync('/usr/bin/busybox')) wanted.push('busybox')
  if (wanted.length > 0) await installPackages(wanted)
  const folder = await newestPostgresql()
  if (folder === undefined) throw new NotToBeHad('PostgreSQL of Debian is not installed')
  return folder
}

async function newestPostgresql(): Promise<string | undefined> {
  const versions = await fs.readdir(POSTGRESQL_FOLDERS).catch(() => [])
  const [newest] = versions
    .filter((version) => existsSync(join(POSTGRESQL_FOLDERS, version, 'bin', 'initdb')))
    .sort((one, other) => Number(other) - Number(one))
  return newest === undefined ? undefined : join(POSTGRESQL_FOLDERS, newest, 'bin')
}

async function installPackages(names: readonly string[]): Promise<void> {
  say(`apt-get install ${names.join(' ')}`)
  // RUNLEVEL=1: Debian's package would start a server of its own.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  await runCommand('apt-get', ['update', '--quiet'], { env })
  const args = ['install', '--yes', '--quiet', '--no-install-recommends', ...names]
  const { code, output } = await runCommand('apt-get', args, { env })
  if (code !== 0)
    throw new NotToBeHad(`apt-get could not install ${names.join(' ')}: ${lastLine(output)}`)
}

/**
 * Builds the server of this version from its own source, once: the result is kept.
 * @returns the folder with `temporal-server`, `temporal-sql-tool`, `schema` and `entrypoint.sh`
 * @throws NotToBeHad
 */
export async function findTemporalServer(version: string): Promise<string> {
  const platform = `${process.platform}-${process.arch}`
  const folder = join(cacheFolder(process.env), `temporal-server-${version}-${platform}`)
  if (existsSync(folder)) return folder
  if ((await runCommand('go', ['version'])).code !== 0)
    throw new NotToBeHad('the Temporal server is built from its source, and there is no Go here')
  say(`building the Temporal server ${version} from its source: about 4 minutes, once`)
  const incoming = join(cacheFolder(process.env), `.incoming-${randomUUID()}`)
  try {
    await fs.mkdir(incoming, { recursive: true })
    await buildInto(incoming, version)
    await fs.rename(incoming, folder).catch((error: unknown) => {
      // Another run was faster: what it has built is complete as well.
      if (!existsSync(folder)) throw error
    })
  } finally {
    await fs.rm(incoming, { recursive: true, force: true })
  }
  return folder
}

const MODULE = 'go.temporal.io/server'

async function buildInto(folder: string, version: string): Promise<void> {
  const env = { ...process.env, GOBIN: folder, CGO_ENABLED: '0' }
  const commands = ['cmd/server', 'cmd/tools/sql'].map((path) => `${MODULE}/${path}@v${version}`)
  const built = await runCommand('nice', ['-n', '15', 'go', 'install', ...commands], { env })
  if (built.code !== 0)
    throw new NotToBeHad(`Go could not build the Temporal server: ${lastLine(built.output)}`)
  await fs.rename(join(folder, 'server'), join(folder, 'temporal-server'))
  await fs.rename(join(folder, 'sql'), join(folder, 'temporal-sql-tool'))
  const found = await runCommand('go', ['mod', 'download', '-json', `${MODULE}@v${version}`])
  const { Dir } = JSON.parse(found.stdout) as { readonly Dir: string }
  await fs.cp(join(Dir, 'schema'), join(folder, 'schema'), { recursive: true })
  await fs.cp(join(Dir, 'docker/scripts/sh/entrypoint.sh'), join(folder, 'entrypoint.sh'))
  await fs.chmod(join(folder, 'entrypoint.sh'), 0o755)
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
