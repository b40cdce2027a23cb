// @ts-check
import { delimiter, join } from 'node:path'
import { capture } from '../child-process.mjs'
import { isExecutableFile } from './from-environment.mjs'

const VERSION_LIMIT_MS = 10_000

/**
 * The first program of that name on the PATH, when it is new enough.
 * @type {import('./tools.mjs').Source}
 */
export async function fromPath(tool, { env }) {
  if (tool.oldestOnPath === undefined) return { missing: 'the PATH is not searched for it' }
  const path = onPath(tool.binary, env)
  if (path === undefined) return { missing: `no \`${tool.binary}\` on the PATH` }
  const { stdout } = await capture(path, ['--version'], { env, timeoutMs: VERSION_LIMIT_MS })
  const version = /version v?(\d+\.\d+[\w.+-]*)/.exec(stdout)?.[1]
  if (version === undefined) return { missing: `${path} does not tell its version` }
  if (!isAtLeast(version, tool.oldestOnPath)) {
    return { missing: `${path} is ${version}, older than ${tool.oldestOnPath}` }
  }
  return { path, how: `PATH, version ${version}` }
}

/**
 * The first executable file of that name on the PATH.
 * @param {string} name
 * @param {NodeJS.ProcessEnv} env
 */
export function onPath(name, env) {
  const suffix = process.platform === 'win32' ? '.exe' : ''
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  return folders.map((folder) => join(folder, name + suffix)).find(isExecutableFile)
}

/**
 * @param {string} version
 * @param {string} oldest
 */
function isAtLeast(version, oldest) {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10))
  const [oldestMajor = 0, oldestMinor = 0] = oldest.split('.').map(Number)
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)
}
