import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, join, resolve } from 'node:path'

/**
 * The `temporal` program: as it is named, by TEMPORAL_CLI_PATH, or on the PATH.
 * @throws Error that says how to get it
 */
export async function findTemporal(
  named: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const given = named ?? environment['TEMPORAL_CLI_PATH']
  if (given !== undefined) {
    const path = resolve(given)
    if (await isProgram(path)) return path
    throw new Error(
      `There is no program at ${path} (${named === undefined ? 'TEMPORAL_CLI_PATH' : '--temporal'}). ${HOW_TO_GET_IT}`,
    )
  }
  const names = process.platform === 'win32' ? ['temporal.exe'] : ['temporal']
  for (const folder of (environment['PATH'] ?? '').split(delimiter))
    for (const name of names)
      if (folder !== '' && (await isProgram(join(folder, name)))) return join(folder, name)
  throw new Error(`The program 'temporal' is not on the PATH. ${HOW_TO_GET_IT}`)
}

const HOW_TO_GET_IT =
  'Install the Temporal CLI (https://docs.temporal.io/cli#install; on macOS: brew install temporal), or name the program with --temporal <file>. Where a Temporal server runs already, give its address with --address.'

async function isProgram(path: string): Promise<boolean> {
  return await access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}
