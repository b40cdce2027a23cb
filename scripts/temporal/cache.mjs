// @ts-check
import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, rmSync } from 'node:fs'
import * as fs from 'node:fs/promises'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { pipeline } from 'node:stream/promises'

const INCOMING = '.incoming-'
const LEFTOVER_AFTER_MS = 24 * 3600_000

/**
 * What the cache holds for this tool, if its sum is still the one recorded when it was stored; else it is removed.
 * @type {import('./tools.mjs').Source}
 */
export async function fromCache(tool, { env, platform, log }) {
  const entry = entryFolder(tool, env, platform)
  const path = join(entry, fileName(tool))
  let record
  try {
    record = JSON.parse(await fs.readFile(join(entry, 'record.json'), 'utf8'))
    if ((await sha256(path)) !== record.sha256)
      throw new Error('the file differs from what was stored')
  } catch (error) {
    const code = /** @type {NodeJS.ErrnoException} */ (error).code
    if (code === 'ENOENT' && record === undefined && !(await exists(entry))) {
      return { missing: `nothing in ${entry}` }
    }
    await fs.rm(entry, { recursive: true, force: true })
    const reason = /** @type {Error} */ (error).message
    log(`${tool.title}: the cached copy was deleted (${reason})`)
    return { missing: `${entry} was damaged and has been deleted` }
  }
  return { path, how: `cache, from ${record.from}` }
}

/**
 * Lets `fetch` bring the program into a folder of its own and moves it into the cache in one step, together with its
 * sum: an interruption at any time leaves no entry.
 * @param {import('./tools.mjs').Tool} tool
 * @param {import('./tools.mjs').Surroundings} surroundings
 * @param {string} from what the record says about the origin
 * @param {(folder: string) => Promise<{file: string} | {missing: string}>} fetch
 * @returns {Promise<import('./tools.mjs').Finding>}
 */
export async function throughCache(tool, { env, platform }, from, fetch) {
  const root = cacheFolder(env)
  const incoming = join(root, INCOMING + randomUUID())
  const removeAtExit = () => rmSync(incoming, { recursive: true, force: true })
  process.once('exit', removeAtExit)
  try {
    await fs.mkdir(join(incoming, 'entry'), { recursive: true })
    await removeLeftovers(root)
    const fetched = await fetch(incoming)
    if ('missing' in fetched) return fetched
    const staged = join(incoming, 'entry', fileName(tool))
    await fs.rename(fetched.file, staged)
    await fs.chmod(staged, 0o755)
    const record = { from, sha256: await sha256(staged) }
    await fs.writeFile(join(incoming, 'entry', 'record.json'), JSON.stringify(record))
    const entry = entryFolder(tool, env, platform)
    await fs.rename(join(incoming, 'entry'), entry).catch(async (error) => {
      // another start stored its copy first: that one is complete as well
      if (!(await exists(join(entry, 'record.json')))) throw error
    })
    return { path: join(entry, fileName(tool)), how: from }
  } finally {
    await fs.rm(incoming, { recursive: true, force: true })
    process.off('exit', removeAtExit)
  }
}

/**
 * `tokenkeeper` in the user's cache folder (XDG base directory rules, on every system).
 * @param {NodeJS.ProcessEnv} env
 */
export function cacheFolder(env) {
  const xdg = env.XDG_CACHE_HOME
  const home = env.HOME === undefined || env.HOME === '' ? homedir() : env.HOME
  return join(xdg !== undefined && isAbsolute(xdg) ? xdg : join(home, '.cache'), 'tokenkeeper')
}

/** @param {string} path */
export async function sha256(path) {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

/** @param {import('./tools.mjs').Tool} tool */
function fileName(tool) {
  return process.platform === 'win32' ? `${tool.binary}.exe` : tool.binary
}

/**
 * @param {import('./tools.mjs').Tool} tool
 * @param {NodeJS.ProcessEnv} env
 * @param {string} platform
 */
function entryFolder(tool, env, platform) {
  return join(cacheFolder(env), `${tool.binary}-${tool.wheel.version}-${platform}`)
}

/** @param {string} path */
async function exists(path) {
  return fs.stat(path).then(
    () => true,
    () => false,
  )
}

/** @param {string} root */
async function removeLeftovers(root) {
  for (const name of await fs.readdir(root)) {
    if (!name.startsWith(INCOMING)) continue
    const path = join(root, name)
    const stat = await fs.stat(path).catch(() => undefined)
    if (stat !== undefined && Date.now() - stat.mtimeMs > LEFTOVER_AFTER_MS) {
      await fs.rm(path, { recursive: true, force: true })
    }
  }
}
