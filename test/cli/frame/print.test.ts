import { readdir, readFile } from 'node:fs/promises'
import { expect, test, vi } from 'vitest'
import { showStatus } from '../../../src/cli/fleet/show-status.js'
import { OUTPUT_FORMATS } from '../../../src/cli/frame/output.js'
import { report } from '../../../src/cli/report.js'
import type { ConnectionStatus } from '../../../src/contract/token-status.js'

const TITLE = '\u001b]0;owned\u0007'
const HOSTILE = `a${TITLE}b\u009b31m\u202ec\u2066\r\nd\u200b\u2028e`
const FORBIDDEN = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/

const status: ConnectionStatus = {
  connection: HOSTILE,
  status: 'degraded',
  sinceMs: 0,
  generation: 1,
  waiting: 2,
  waitingFlows: [HOSTILE],
  kind: HOSTILE,
  account: { name: HOSTILE },
  scope: HOSTILE,
  missingScope: HOSTILE,
  warnings: [HOSTILE],
  failure: { code: HOSTILE, message: HOSTILE, sinceMs: 0, count: 1 },
  counts: { refreshRequests: 0, leases: 0 },
}

function written(run: () => void): string {
  const chunks: string[] = []
  const take = (chunk: string | Uint8Array): boolean => {
    chunks.push(String(chunk))
    return true
  }
  const spies = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation(take),
  )
  const before = process.exitCode
  try {
    run()
  } finally {
    for (const spy of spies) spy.mockRestore()
    process.exitCode = before
  }
  return chunks.join('')
}

test.each(OUTPUT_FORMATS)('nothing of others moves the terminal (-o %s)', (output) => {
  expect(written(() => showStatus(status, { output }))).not.toMatch(FORBIDDEN)
  expect(written(() => report(new Error(HOSTILE), output !== 'table'))).not.toMatch(FORBIDDEN)
})

test('a line of JSON holds what was there', () => {
  const line = written(() => showStatus(status, { output: 'jsonl' }))
  expect(JSON.parse(line)).toEqual(status)
  expect(line.trimEnd()).not.toContain('\n')
})

test('every command writes through print.ts', async () => {
  const folder = new URL('../../../src/cli/', import.meta.url)
  // A completion is a script of ours, for a shell to read.
  const own = [
    'frame/print.ts',
    'frame/prompt.ts',
    'frame/interrupt.ts',
    'main.ts',
    'completion.ts',
  ]
  const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ts'))
  // The texts of `init` are programs of the new project.
  for (const file of files.filter((name) => !own.includes(name) && !name.startsWith('init/')))
    expect(await readFile(new URL(file, folder), 'utf8'), file).not.toMatch(
      /process\.std(?:out|err)\.write|\bconsole\.(?:log|error|warn|info)/,
    )
})
