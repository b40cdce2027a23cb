import { Linter } from 'eslint'
import tseslint from 'typescript-eslint'
import { expect, test } from 'vitest'
import { importRules } from '../../eslint.config.js'

const linter = new Linter()
const parser = { files: ['**/*.ts'], languageOptions: { parser: tseslint.parser } }

test.each([
  ['workflows/token/x.ts', "import type { A } from '../../activities/index.js'"],
  ['workflows/token/parts/x.ts', "import type { A } from '../token-parts.js'"],
  ['workflows/token/parts/x.ts', "import { condition } from '@temporalio/workflow'"],
  ['workflows/x.ts', "import { seal } from '../src/sealing/sealer.js'"],
  ['workflows/x.ts', "import type { Connector } from '../src/connectors/connector.js'"],
  ['workflows/x.ts', "import { readFile } from 'node:fs/promises'"],
  ['workflows/x.ts', "import { fetch } from 'undici'"],
  ['workflows/x.ts', "export { a } from '../activities/index.js'"],
  ['workflows/x.ts', "const a = import('../activities/index.js')"],
  ['workflows/x.ts', "type A = import('../activities/index.js').A"],
  ['src/contract/x.ts', "import { z } from 'zod'"],
  ['src/contract/x.ts', "import type { A } from '../connectors/connector.js'"],
  ['src/connectors/auth/x.ts', "import { a } from '../../../activities/index.js'"],
  ['src/connectors/x.ts', "import { Secret } from '../sealing/secret.js'"],
  ['src/connectors/x.ts', "import { Buffer } from 'node:buffer'"],
  ['activities/auth/x.ts', "import { a } from '../../workflows/index.js'"],
  ['activities/limits/x.ts', "import type { A } from '../connection/upstream-session.js'"],
  ['activities/keeper/x.ts', "import type { A } from '../sync/writing/sink.js'"],
  ['activities/sync/reading/x.ts', "import { a } from '../move-pages.js'"],
  ['activities/connection/x.ts', "import { a } from '../../src/client/index.js'"],
  ['activities/keeper/x.ts', "import { a } from '../notices/notify.js'"],
  ['src/auth/kind/x.ts', "import { a } from '../registry.js'"],
  ['src/auth/kind/x.ts', "import { a } from '../oauth2/endpoints.js'"],
  ['src/auth/oauth2/x.ts', "import type { A } from '../client-credentials.js'"],
  ['src/auth/oauth2/x.ts', "import { a } from '../../../activities/index.js'"],
  ['src/client/replay/x.ts', "import { a } from '../tokenkeeper-client.js'"],
  ['src/cli/frame/x.ts', "import { a } from '../temporal/with-keeper.js'"],
  ['src/cli/sync/x.ts', "import { a } from '../progress.js'"],
  ['activities/x.ts', "import { a } from '../src/client/tokenkeeper-client.js'"],
  ['src/client/x.ts', "import { a } from '../../activities/index.js'"],
  ['src/client/x.ts', "import { a } from '../../workflows/index.js'"],
  ['src/client/x.ts', "import { createKeeperWorker } from '../worker.js'"],
  ['src/cli/x.ts', "import { a } from '../../activities/index.js'"],
  ['src/console/x.ts', "import { a } from '../../activities/index.js'"],
  ['src/console/x.ts', "import { a } from '../cli/report.js'"],
  ['src/web/x.ts', "import { a } from '../cli/report.js'"],
  ['src/web/x.ts', "import { Client } from '@temporalio/client'"],
  ['src/sealing/x.ts', "import { a } from '../../activities/index.js'"],
])('%s may not: %s', (file, code) => {
  expect(messagesOf(code, file).join()).toMatch(/Where things go|gets? round/)
})

test.each([
  ['workflows/token/x.ts', "import { condition } from '@temporalio/workflow'"],
  ['workflows/token/x.ts', "import type { Lease } from '../../src/contract/lease.js'"],
  ['workflows/token/x.ts', "import { a } from './token-state.js'"],
  ['workflows/token/x.ts', "import { a } from '../flow/connection.js'"],
  ['workflows/token/parts/x.ts', "import type { A } from './grant.js'"],
  ['workflows/token/parts/x.ts', "import type { A } from '../../../src/contract/sealed.js'"],
  ['src/contract/x.ts', "import type { Duration } from '@temporalio/common'"],
  ['src/contract/x.ts', "import type { A } from './token-activities.js'"],
  ['src/connectors/auth/x.ts', "import { a } from '../url-rules.js'"],
  ['src/connectors/auth/x.ts', "import { z } from 'zod'"],
  ['activities/sync/writing/x.ts', "import { a } from '../reading/page-reader.js'"],
  ['activities/sync/x.ts', "import { a } from './writing/write-page.js'"],
  ['activities/token/x.ts', "import { a } from '../connection/sealed-fields.js'"],
  ['src/auth/x.ts', "import { a } from './oauth2/endpoints.js'"],
  ['src/auth/login/x.ts', "import { a } from '../oauth2/jwt-claims.js'"],
  ['src/auth/login/x.ts', "import type { A } from '../../contract/failure.js'"],
  ['src/cli/fleet/x.ts', "import { a } from '../temporal/with-keeper.js'"],
  ['activities/auth/x.ts', "import { Secret } from '../../src/sealing/secret.js'"],
  ['activities/x.ts', "import { fetch } from 'undici'"],
  ['src/client/x.ts', "import { a } from '../sealing/sealer.js'"],
  ['src/worker.ts', "import { a } from '../activities/index.js'"],
  ['src/cli/x.ts', "import { a } from '../web/index.js'"],
  ['src/cli/x.ts', "import { a } from '../console/index.js'"],
  ['src/console/x.ts', "import { a } from '../client/list-filter.js'"],
  ['src/web/x.ts', "import { Hono } from 'hono'"],
])('%s may: %s', (file, code) => {
  expect(messagesOf(code, file)).toEqual([])
})

function messagesOf(code: string, filename: string): string[] {
  return linter.verify(code, [parser, ...importRules], { filename }).map(({ message }) => message)
}
