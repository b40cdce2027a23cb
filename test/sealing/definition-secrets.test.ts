import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { secret } from '../../src/definition/secret-reference.js'
import { resolveDefinitionSecret } from '../../src/sealing/definition-secrets.js'
import { CANARY, expectFailure, printed } from './expect-failure.js'

const folder = await mkdtemp(join(tmpdir(), 'tokenkeeper-'))
afterAll(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

test.each([
  [CANARY, CANARY],
  [`${CANARY}\n`, CANARY],
  [`${CANARY}\r\n`, CANARY],
  [`${CANARY}\n\n`, `${CANARY}\n`],
  [` ${CANARY} `, ` ${CANARY} `],
])('resolves a variable and a file but for one trailing newline (case %#)', async (text, want) => {
  vi.stubEnv('ANY_NAME', text)
  await writeFile(join(folder, 'secret'), text)
  const fromEnv = await resolveDefinitionSecret(secret('env:ANY_NAME'))
  const fromFile = await resolveDefinitionSecret(secret(`file:${folder}/secret`))
  expect([fromEnv.reveal(), fromFile.reveal()]).toEqual([want, want])
})

test('what is missing or empty is named, retryably', async () => {
  vi.stubEnv('EMPTY_ONE', '\n')
  await mkdir(join(folder, 'a-folder'))
  for (const reference of [
    'env:NOT_SET_ANYWHERE',
    'env:EMPTY_ONE',
    'env:toString',
    `file:${folder}/missing`,
    `file:${folder}/a-folder`,
  ]) {
    const failure = await expectFailure(
      resolveDefinitionSecret(secret(reference)),
      'SecretUnresolved',
    )
    expect(failure.message).toContain(reference)
  }
})

test('a secret in place of a reference is refused and not repeated', async () => {
  for (const text of [CANARY, `file:${CANARY}`, `https://${CANARY}`]) {
    const failure = await expectFailure(
      resolveDefinitionSecret({ secret: text }),
      'ReferenceRefused',
    )
    expect(printed(failure)).toContain(`secret('env:NAME')`)
  }
})
