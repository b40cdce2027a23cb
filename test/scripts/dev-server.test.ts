import { createServer, type AddressInfo } from 'node:net'
import { Connection } from '@temporalio/client'
import { expect, inject, onTestFinished, test } from 'vitest'
import { startDevServer } from '../setup/dev-server.js'

const cliPath = inject('temporalCliPath')

test('the shared server answers, with the search attributes of tokenkeeper', async () => {
  const connection = await Connection.connect({ address: inject('temporalAddress') })
  onTestFinished(() => connection.close())
  const { customAttributes } = await connection.operatorService.listSearchAttributes({
    namespace: 'default',
  })
  expect(Object.keys(customAttributes)).toContain('TokenkeeperExpiresAt')
})

test('a server of its own has a Web UI on a free port, and is gone after stop', async () => {
  const server = await startDevServer({ cliPath, ui: true })
  onTestFinished(() => server.stop())
  const page = await fetch(server.uiAddress ?? '')
  expect(page.status).toBe(200)
  expect(new URL(server.uiAddress ?? '').hostname).toBe('127.0.0.1')
  await server.stop()
  expect(() => process.kill(server.pid, 0)).toThrow('ESRCH')
})

test('kill ends it at once', async () => {
  const server = await startDevServer({ cliPath, searchAttributes: false })
  await server.kill()
  expect(() => process.kill(server.pid, 0)).toThrow('ESRCH')
})

test('a busy 7233 and 8233 do not matter to a server that was not asked for them', async () => {
  for (const port of [7233, 8233]) await occupy(port)
  const server = await startDevServer({ cliPath, ui: true })
  await server.stop()
})

test('a busy port that was asked for is an error that names it', async () => {
  const port = await occupy(0)
  await expect(startDevServer({ cliPath, port })).rejects.toThrow(
    `port ${String(port)}, asked for as the gRPC port, cannot be used (EADDRINUSE)`,
  )
  await expect(startDevServer({ cliPath, uiPort: port })).rejects.toThrow('the Web UI port')
})

test('a program that ends at once is reported with its last words', async () => {
  await expect(startDevServer({ cliPath, extraArgs: ['--no-such-flag'] })).rejects.toThrow(
    /ended:\n[^]*no-such-flag/,
  )
})

/** Listens on the port, unless something else does already: busy is all that matters. */
async function occupy(port: number): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => {
    server.once('error', () => {
      resolve()
    })
    server.listen(port, '127.0.0.1', resolve)
  })
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => {
          resolve()
        })
      }),
  )
  return (server.address() as AddressInfo | null)?.port ?? port
}
