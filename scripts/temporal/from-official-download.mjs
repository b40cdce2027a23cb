// @ts-check
import * as fs from 'node:fs/promises'
import { join } from 'node:path'
import { killGroup, start } from '../child-process.mjs'
import { throughCache } from './cache.mjs'
import { withoutAddresses } from './without-addresses.mjs'

const LOOK_EVERY_MS = 100

/**
 * The SDK's own download, given up when it does not begin in time or stalls.
 * @type {import('./tools.mjs').Source}
 */
export async function fromOfficialDownload(tool, surroundings) {
  return throughCache(tool, surroundings, "the SDK's official download", async (folder) => {
    const downloads = join(folder, 'official')
    await fs.mkdir(downloads)
    surroundings.log(`${tool.title}: trying the SDK's official download`)
    const failure = await download(tool, surroundings, downloads)
    if (failure !== undefined) return { missing: failure }
    const [name, ...others] = await fs.readdir(downloads)
    if (name === undefined || others.length > 0) return { missing: 'it left no single file' }
    return { file: join(downloads, name) }
  })
}

/**
 * @param {import('./tools.mjs').Tool} tool
 * @param {import('./tools.mjs').Surroundings} surroundings
 * @param {string} folder
 * @returns {Promise<string | undefined>} why it failed
 */
async function download(tool, { env, officialCommand, beginWithinMs, stalledAfterMs }, folder) {
  const [command = process.execPath, ...args] = officialCommand
  const { child, ended } = start(command, [...args, tool.officialDownload, folder], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true, // the SDK starts the server itself: both are killed as one group
  })
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text) => (stderr = (stderr + text).slice(-4000)))

  let bytes = 0
  let deadline = Date.now() + beginWithinMs
  /** @type {string | undefined} */
  let givenUp
  const watch = setInterval(() => {
    void sizeOf(folder).then((size) => {
      if (size > bytes) {
        bytes = size
        deadline = Date.now() + stalledAfterMs
      } else if (Date.now() > deadline) {
        givenUp ??=
          bytes === 0
            ? `it did not begin within ${beginWithinMs / 1000} s`
            : `it stalled after ${bytes} bytes`
        killGroup(child)
      }
    })
  }, LOOK_EVERY_MS)
  const { code, error } = await ended
  clearInterval(watch)
  if (givenUp !== undefined) return givenUp
  return code === 0 ? undefined : firstReason(error ?? stderr)
}

/** @param {string} folder */
async function sizeOf(folder) {
  const names = await fs.readdir(folder).catch(() => [])
  const sizes = names.map((name) =>
    fs.stat(join(folder, name)).then(
      (stat) => stat.size,
      () => 0,
    ),
  )
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}

/** @param {string} stderr */
function firstReason(stderr) {
  const line = stderr.split('\n').find((text) => /Error|error/.test(text)) ?? 'it failed'
  const cause = line.split(': ').slice(-2).join(': ')
  return withoutAddresses(cause.trim())
}
