import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { bundleWorkflowCode } from '@temporalio/worker'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tolerantConverterPath, workflowsPath } from '../../src/worker/workflow-files.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(root, 'test', 'boundaries', 'tmp-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

const quiet = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, log() {} }

async function bundle(path: string): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: path,
    payloadConverterPath: tolerantConverterPath(),
    logger: quiet,
  })
  return code
}

async function compile(file: string): Promise<string> {
  const config = join(folder, 'tsconfig.json')
  await writeFile(
    config,
    JSON.stringify({
      extends: '../../../tsconfig.workflows.json',
      compilerOptions: { rootDir: '../../..' },
      include: [file],
    }),
  )
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  return await promisify(execFile)(process.execPath, [tsc, '-p', config]).then(
    () => '',
    (error: unknown) => (error as { stdout: string }).stdout,
  )
}

describe('workflow code', () => {
  it('bundles, and carries neither keys nor activities', async () => {
    const code = await bundle(workflowsPath())
    for (const foreign of ['activities/token', 'src/sealing', 'src/connectors', 'undici'])
      expect(code.includes(foreign), foreign).toBe(false)
  })

  it.each([
    ['a Node module', `import { randomBytes } from 'node:crypto'`, 'randomBytes(1)'],
    ['undici', `import { request } from 'undici'`, 'request'],
    [
      'the sealing code',
      `import { createKeyring } from '../../../src/sealing/keyring.js'`,
      'createKeyring([])',
    ],
    ['an activity', `import { sync } from '../../../activities/sync/sync.js'`, 'sync'],
  ])('does not bundle with %s', async (name, line, use) => {
    const file = join(folder, `${name.replaceAll(' ', '-')}.ts`)
    await writeFile(file, `${line}\nexport async function flow() {\n  return ${use}\n}\n`)
    await expect(bundle(file)).rejects.toThrow()
  })

  it.each([
    ['process', 'process.env'],
    ['Buffer', `Buffer.from('x')`],
    ['fetch', `fetch('http://127.0.0.1')`],
  ])('does not compile with the global %s', async (name, use) => {
    const file = join(folder, `global-${name}.ts`)
    await writeFile(file, `export const used = ${use}\n`)
    expect(await compile(file)).toContain(`'${name}'`)
  })

  it('compiles without Node types where it uses none', async () => {
    const file = join(folder, 'fine.ts')
    await writeFile(file, `export { connection } from '../../../workflows/index.js'\n`)
    expect(await compile(file)).toBe('')
  })
})
