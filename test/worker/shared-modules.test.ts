import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, it } from 'vitest'
import { sharedModulesPath } from '../../src/worker/workflow-files.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** State that belongs to no workflow: what it holds is found by identity. */
const HARMLESS = ['workflows/token/parts/queue.ts: sizes']

const parse = (file: string, text: string): ts.SourceFile =>
  ts.createSourceFile(file, text, ts.ScriptTarget.Latest)

/** Modules of this repository that a file imports as it runs. */
function importsOf(file: string): string[] {
  const { outputText } = ts.transpileModule(readFileSync(file, 'utf8'), {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ESNext },
  })
  return ts
    .preProcessFile(outputText)
    .importedFiles.filter(({ fileName }) => fileName.startsWith('.'))
    .map(({ fileName }) => join(dirname(file), fileName.replace(/\.js$/, '.ts')))
    .filter((path) => existsSync(path))
}

function reachedFrom(start: string): string[] {
  const reached = new Set([start])
  for (const file of reached) for (const next of importsOf(file)) reached.add(next)
  return [...reached]
}

/** What may change in a module while it is loaded: `let`, empty collections, instances of its own classes. */
function stateOf(file: string, text = readFileSync(file, 'utf8')): string[] {
  return parse(file, text).statements.flatMap((statement) => {
    if (!ts.isVariableStatement(statement)) return []
    const isLet = (statement.declarationList.flags & ts.NodeFlags.Const) === 0
    return statement.declarationList.declarations
      .filter(
        ({ initializer }) => isLet || (initializer !== undefined && isChangeable(initializer)),
      )
      .map(({ name }) => `${relative(root, file)}: ${ts.isIdentifier(name) ? name.text : '?'}`)
  })
}

function isChangeable(value: ts.Expression): boolean {
  if (!ts.isNewExpression(value) || !ts.isIdentifier(value.expression)) return false
  const isFilled = (value.arguments?.length ?? 0) > 0
  return !(isFilled && ['Set', 'Map', 'RegExp'].includes(value.expression.text))
}

it('workflows share modules without state: all there are', () => {
  const found = reachedFrom(sharedModulesPath()).flatMap((file) => stateOf(file))
  expect(found.filter((name) => !HARMLESS.includes(name))).toEqual([])
})

it('finds every kind of state', () => {
  const text = `
    let listening = false
    const holders = new Map<string, string>()
    export const board = new Board()
    const words = new Set(['a'])
    const NAME = 'fixed'
  `
  expect(stateOf(join(root, 'some.ts'), text)).toEqual([
    'some.ts: listening',
    'some.ts: holders',
    'some.ts: board',
  ])
})
