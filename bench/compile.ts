import { fork } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = fileURLToPath(new URL('..', import.meta.url))
const OWN = ['bench', 'test/fixtures']
const BUILT = ['src', 'workflows', 'activities']

/**
 * Makes plain JavaScript of the bench beside links to the build in `dist`, and the bundles of its workflow code; gives its
 * folder. A loader that compiles while the program runs would slow down one side more than the other.
 */
export async function compileBench(): Promise<string> {
  const target = join(root, 'node_modules', '.cache', 'tokenkeeper-bench')
  await rm(target, { recursive: true, force: true })
  await mkdir(target, { recursive: true })
  await writeFile(join(target, 'package.json'), '{"type":"module"}\n')
  for (const folder of BUILT)
    await symlink(join(root, 'dist', folder), join(target, folder), 'junction')
  for (const folder of OWN) await compileFolder(join(root, folder), join(target, folder))
  const folder = join(target, 'bench')
  const bundling = fork(join(folder, 'bundle-process.js'), { execArgv: [] })
  const [code] = (await once(bundling, 'exit')) as [number | null]
  if (code !== 0) throw new Error('the workflow code of the bench could not be bundled')
  return folder
}

async function compileFolder(from: string, to: string): Promise<void> {
  for (const name of await readdir(from, { recursive: true })) {
    const path = join(to, name)
    if (name.endsWith('.d.ts')) continue
    if (!name.endsWith('.ts')) {
      if (/\.[cm]?js$/.test(name)) await cp(join(from, name), path)
      continue
    }
    const { outputText } = ts.transpileModule(await readFile(join(from, name), 'utf8'), {
      compilerOptions: {
        target: ts.ScriptTarget.ES2023,
        module: ts.ModuleKind.ESNext,
        verbatimModuleSyntax: true,
      },
    })
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path.replace(/\.ts$/, '.js'), outputText)
  }
}
