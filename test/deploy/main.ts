import * as fs from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findBinary } from '../../scripts/temporal/find-binary.mjs'
import { TOOLS } from '../../scripts/temporal/tools.mjs'
import { runTests } from '../../scripts/tests.mjs'
import { buildProject } from './build-project.js'
import { readComposeFile } from './compose-file.js'
import { findPostgresql, findTemporalServer, NotToBeHad } from './prerequisites.js'
import { runCommand } from './run-command.js'
import type { Prepared } from './stage.js'

// `npm run test:deploy`: the services of docker-compose.yml without Docker. The last line says how many tests passed
// and failed; where PostgreSQL or the Temporal server can't be had, the line before says why it was skipped.
const root = fileURLToPath(new URL('../../', import.meta.url))
const folder = await fs.mkdtemp(join(tmpdir(), 'tokenkeeper-deploy-'))

try {
  const version = readComposeFile().services['temporal']?.image.split(':')[1] ?? ''
  const programs = {
    postgresql: await findPostgresql(),
    temporal: await findTemporalServer(version),
    temporalCli: await fs.realpath(await findBinary(TOOLS.cli)),
  }
  await needNamespaces()
  process.stdout.write('building the project by the instructions of the Dockerfile\n')
  const prepared: Prepared = { ...programs, folder, project: await buildProject(folder) }
  const file = join(folder, 'prepared.json')
  await fs.writeFile(file, JSON.stringify(prepared))
  const env = { ...process.env, TEMPORAL_CLI_PATH: programs.temporalCli, DEPLOY_PREPARED: file }
  // A network of loopback alone: the ports are the ones of the compose file, and others use them too.
  const launcher = ['bwrap', '--dev-bind', '/', '/', '--unshare-net', '--die-with-parent']
  process.exitCode = await runTests(
    () => Promise.resolve(env),
    root,
    ['test/deploy/native.test.ts'],
    launcher,
  )
} catch (error) {
  if (!(error instanceof NotToBeHad)) throw error
  process.stdout.write(`skipped: ${error.message}\n0 passed, 0 failed, 1 skipped\n`)
} finally {
  await fs.rm(folder, { recursive: true, force: true })
}

/** Namespaces of the kernel, nested as the services need them. */
async function needNamespaces(): Promise<void> {
  const inner = ['bwrap', '--unshare-user', '--uid', '1000', '--unshare-pid', '--unshare-uts']
  const { code, output } = await runCommand('bwrap', [
    ...['--dev-bind', '/', '/', '--unshare-net'],
    ...[...inner, '--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev', 'true'],
  ])
  if (code !== 0) throw new NotToBeHad(`this machine gives no namespaces (${output.trim()})`)
}
