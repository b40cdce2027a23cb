import type { TestProject } from 'vitest/node'
import { findBinary } from '../../scripts/temporal/find-binary.mjs'
import { TOOLS } from '../../scripts/temporal/tools.mjs'
import { startDevServer, type DevServer } from './dev-server.js'
import { onFirstUse } from './on-first-use.js'
import { startBundleServer } from './workflow-bundle.js'

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the one dev server that all tests share; the first connection starts it. */
    temporalAddress: string
    temporalCliPath: string
    testServerPath: string
    /** Serves the workflow code under test. */
    bundleUrl: string
  }
}

/** Provides the programs of Temporal, and a dev server and the workflow code, both made when a test first needs them. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const temporalCliPath = process.env.TEMPORAL_CLI_PATH ?? (await findBinary(TOOLS.cli))
  const testServerPath =
    process.env.TEMPORAL_TEST_SERVER_PATH ?? (await findBinary(TOOLS.testServer))
  let server: DevServer | undefined
  const shared = await onFirstUse(async () => {
    server = await startDevServer({ cliPath: temporalCliPath })
    return server.address
  })
  const bundles = await startBundleServer()
  project.provide('bundleUrl', bundles.url)
  project.provide('temporalAddress', shared.address)
  project.provide('temporalCliPath', temporalCliPath)
  project.provide('testServerPath', testServerPath)
  return async () => {
    await shared.close()
    await bundles.close()
    await server?.stop()
  }
}
