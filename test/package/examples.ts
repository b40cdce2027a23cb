import { randomUUID } from 'node:crypto'
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client, type Connection } from '@temporalio/client'
import { freePorts } from '../../scripts/temporal/free-ports.js'
import { until } from '../integration/until.js'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** The pages that show an example whole or in parts, and its folder. */
export const GUIDES = [
  { page: 'README.md', example: 'one-process' },
  { page: 'examples/one-process/README.md', example: 'one-process' },
  { page: 'docs/tutorial.md', example: 'quick-start' },
  { page: 'examples/quick-start/README.md', example: 'quick-start' },
  { page: 'examples/customer-connect/README.md', example: 'customer-connect' },
] as const

const EXAMPLES = ['one-process', 'quick-start', 'customer-connect'] as const
/** What the examples listen on: other tests run on this machine. */
const PORTS = ['4800', '4801', '4802', '4803'] as const

export async function readPage(page: string): Promise<string> {
  return await readFile(join(root, page), 'utf8')
}

/** The TypeScript blocks of a page that begin with a file's name. */
export function namedBlocks(text: string): readonly (readonly [name: string, code: string])[] {
  const blocks = text.matchAll(/```ts\n\/\/ (\S+\.ts)\n([\s\S]*?)```/g)
  return [...blocks].map(([, name = '', code = '']) => [name, code] as const)
}

/**
 * Copies the runnable examples into the project, beside its packages, and gives what puts free ports in the
 * place of the examples' own.
 */
export async function copyExamples(project: string): Promise<(text: string) => string> {
  const free = await freePorts(PORTS.length)
  const withFreePorts = (text: string): string =>
    PORTS.reduce((changed, port, index) => changed.replaceAll(port, String(free[index])), text)
  for (const example of EXAMPLES) {
    const folder = join(project, 'examples', example)
    await cp(join(root, 'examples', example), folder, { recursive: true })
    await symlink(join(project, 'node_modules'), join(folder, 'node_modules'))
    for (const file of await readdir(folder)) {
      if (!file.endsWith('.ts')) continue
      const path = join(folder, file)
      await writeFile(path, withFreePorts(await readFile(path, 'utf8')))
    }
  }
  return withFreePorts
}

/** Puts the named blocks of how-to pages beside the quick start's files, for the compiler. */
export async function writePageBlocks(project: string, pages: readonly string[]): Promise<void> {
  for (const page of pages) {
    const blocks = namedBlocks(await readPage(page))
    if (blocks.length === 0) continue
    const folder = join(project, 'examples', 'pages', page.replace(/\W+/g, '-'))
    await mkdir(folder, { recursive: true })
    for (const file of ['connector.ts', 'workflows.ts'])
      await cp(join(root, 'examples', 'quick-start', file), join(folder, file))
    for (const [name, code] of blocks) await writeFile(join(folder, name), code)
  }
}

/** A namespace of the shared server: the examples use names that others use too. */
export async function createNamespace(connection: Connection): Promise<string> {
  const namespace = `guide-${randomUUID().slice(0, 8)}`
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
  })
  const { workflow } = new Client({ connection, namespace })
  const answers = (): Promise<boolean> =>
    workflow.count().then(
      () => true,
      () => false,
    )
  await until(answers, Boolean, 60_000)
  return namespace
}
