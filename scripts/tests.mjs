// @ts-check
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { start } from './child-process.mjs'

/**
 * Runs vitest and prints `N passed, N failed` as the last line, whatever happens; gives the exit code.
 * @param {() => Promise<NodeJS.ProcessEnv>} prepare
 * @param {string} root
 * @param {string[]} args passed on to vitest
 * @param {string[]} [launcher] a program with its arguments that vitest is started by
 */
export async function runTests(prepare, root, args, launcher = []) {
  const folder = mkdtempSync(join(tmpdir(), 'tokenkeeper-tests-'))
  const report = join(folder, 'report.json')
  let code = 1
  try {
    const env = await prepare()
    const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
    const command = [...launcher, process.execPath, vitest, 'run', ...reporters, ...args]
    const { ended } = start(command[0] ?? '', command.slice(1), {
      cwd: root,
      env,
      stdio: 'inherit',
    })
    code = (await ended).code
  } catch (error) {
    process.stderr.write(`${/** @type {Error} */ (error).message}\n`)
  }
  const { passed, failed } = countTests(readReport(report), code)
  rmSync(folder, { recursive: true, force: true })
  process.stdout.write(`${passed} passed, ${failed} failed\n`)
  return code === 0 && failed > 0 ? 1 : code
}

/**
 * Counts of a vitest report. A file that could not be loaded is one failure; so is a run that ended badly without
 * naming a failed test (no report, unhandled error, interrupted).
 * @param {VitestReport | undefined} report
 * @param {number} exitCode
 */
export function countTests(report, exitCode) {
  const files = report?.testResults ?? []
  const unloaded = files.filter(
    (file) =>
      file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  )
  const failed = (report?.numFailedTests ?? 0) + unloaded.length
  return {
    passed: report?.numPassedTests ?? 0,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
  }
}

/**
 * @typedef {object} VitestReport
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {{status: string, assertionResults: {status: string}[]}[]} testResults
 */

/**
 * @param {string} file
 * @returns {VitestReport | undefined}
 */
function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
