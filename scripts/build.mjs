// @ts-check
import { createHash } from 'node:crypto'
import * as fs from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { forwardSignals, start } from './child-process.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const SOURCES = ['src', 'workflows', 'activities']
const SETTINGS = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json', 'scripts/build.mjs']
const STAMP = join(root, 'node_modules', '.cache', 'tokenkeeper-build')
const PROGRAM = join(root, 'dist', 'src', 'cli', 'main.js')

forwardSignals()
const files = await sourceFiles()
const stamp = await stampOf([...files, ...SETTINGS])
// not built again when nothing changed: a running demo reads the same folder
if (!(await isBuilt())) await build()

async function build() {
  await fs.rm(STAMP, { force: true })
  await fs.rm(join(root, 'dist'), { recursive: true, force: true })
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const { ended } = start(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  })
  const { code } = await ended
  if (code !== 0) {
    process.stderr.write('build: tsc found errors\n')
    process.exit(1)
  }
  for (const file of files.filter((name) => name.endsWith('.cjs'))) await copy(file)
  if (files.includes('src/cli/main.ts')) await fs.chmod(PROGRAM, 0o755)
  await fs.mkdir(dirname(STAMP), { recursive: true })
  await fs.writeFile(STAMP, stamp)
}

async function isBuilt() {
  try {
    await fs.access(join(root, 'dist', 'src'))
    return (await fs.readFile(STAMP, 'utf8')) === stamp
  } catch {
    return false
  }
}

/** @param {string} file */
async function copy(file) {
  const target = join(root, 'dist', file)
  await fs.mkdir(dirname(target), { recursive: true })
  await fs.copyFile(join(root, file), target)
}

async function sourceFiles() {
  const lists = SOURCES.map(async (folder) => {
    const entries = await fs.readdir(join(root, folder), { recursive: true, withFileTypes: true })
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
  })
  return (await Promise.all(lists)).flat().sort()
}

/** @param {string[]} names */
async function stampOf(names) {
  const hash = createHash('sha256')
  for (const name of names) hash.update(`${name}\0`).update(await fs.readFile(join(root, name)))
  return hash.digest('hex')
}
