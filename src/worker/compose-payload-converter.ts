import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tolerantConverterPath } from './workflow-files.js'

/**
 * What a workflow bundle of your own for a keeper worker is made with:
 * `bundleWorkflowCode({ workflowsPath, payloadConverterPath: keeperPayloadConverterPath() })`.
 * @param own the `payloadConverterPath` of your data converter, where you have one
 * @throws TypeError where that module can't be found
 */
export function keeperPayloadConverterPath(own?: string): string {
  return composePayloadConverter(own)
}

/**
 * The path of a payload converter that behaves as the user's, and gives a marker for signals that it
 * can't decode. Temporal takes converters by path only (main thread and workflow bundle each load
 * it), so the two are composed in a generated module in a private folder, removed when the process ends.
 * @throws TypeError where the user's module can't be found
 */
export function composePayloadConverter(userPath: string | undefined): string {
  const base = tolerantConverterPath()
  if (userPath === undefined) return base
  let resolved: string
  try {
    resolved = createRequire(join(process.cwd(), 'package.json')).resolve(userPath)
  } catch {
    throw new TypeError(
      `dataConverter.payloadConverterPath: there is no module '${userPath}'; give an absolute path, as require.resolve() makes it`,
    )
  }
  if (resolved === base) return base
  const folder = mkdtempSync(join(tmpdir(), 'tokenkeeper-'))
  process.once('exit', () => {
    rmSync(folder, { recursive: true, force: true })
  })
  const path = join(folder, 'payload-converter.cjs')
  writeFileSync(
    path,
    `'use strict'
const { tolerant } = require(${JSON.stringify(base)})
const user = require(${JSON.stringify(resolved)})
exports.payloadConverter = tolerant(user.payloadConverter)
`,
    { mode: 0o600 },
  )
  return path
}
