// @ts-check
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { start } from './child-process.mjs'

/**
 * Why `npm ci` has to run, or `undefined` when `node_modules` holds what the lock file says.
 * npm writes its own record of an installation last, so an interrupted one counts as none. Contents are compared, not
 * times: git gives a file that it rewrites a new time.
 * @param {string} root
 * @returns {string | undefined}
 */
export function whyInstall(root) {
  const wanted = packagesOf(join(root, 'package-lock.json'))
  if (wanted === undefined) return undefined
  const installed = packagesOf(join(root, 'node_modules', '.package-lock.json'))
  if (installed === undefined) return 'node_modules is missing or incomplete'
  for (const [path, entry] of Object.entries(wanted)) {
    const present = installed[path]
    // what is only for other systems is not installed on this one
    if (path === '' || (present === undefined && entry.optional === true)) continue
    if (present?.version !== entry.version || present?.integrity !== entry.integrity) {
      return `node_modules is older than the lock file (${path})`
    }
  }
  const extra = Object.keys(installed).find((path) => wanted[path] === undefined)
  return extra === undefined ? undefined : `node_modules is older than the lock file (${extra})`
}

/**
 * Runs `npm ci` when it is needed; its output goes to standard error.
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 */
export async function installIfNeeded(root, env) {
  const reason = whyInstall(root)
  if (reason === undefined) return
  process.stderr.write(`npm ci: ${reason}\n`)
  const npm = env.npm_execpath
  const [command, args] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []]
  const { ended } = start(command, [...args, 'ci', '--include=dev'], {
    cwd: root,
    env,
    stdio: ['ignore', 2, 2],
  })
  const { code, error } = await ended
  if (code !== 0) throw new Error(`npm ci failed (${error ?? `exit code ${code}`})`)
}

/**
 * @param {string} file
 * @returns {Record<string, {version?: string, integrity?: string, optional?: boolean}> | undefined}
 */
function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages
  } catch {
    return undefined
  }
}
