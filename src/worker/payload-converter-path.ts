import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { locate } from './locate.js'

/**
 * The module of the tolerant payload converter; around a user's own one where there is one. The worker
 * `require`s it in the main thread and bundles it into the workflow sandbox, so it has to be a file.
 */
export function payloadConverterPath(ofUser: string | undefined): string {
  const tolerant = locate('workflows/payload-converter.cjs')
  if (ofUser === undefined || ofUser === tolerant) return tolerant
  const path = join(mkdtempSync(join(tmpdir(), 'tokenkeeper-')), 'payload-converter.cjs')
  const lines = [
    `const { tolerant } = require(${JSON.stringify(tolerant)})`,
    `exports.payloadConverter = tolerant(require(${JSON.stringify(ofUser)}).payloadConverter)`,
  ]
  writeFileSync(path, `${lines.join('\n')}\n`, { mode: 0o600 })
  return path
}
