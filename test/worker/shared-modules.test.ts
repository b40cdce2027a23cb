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

/**
 * What may change in a module while it is loaded: `let`, collections and lists that begin empty, literals that the
 * module writes into, instances of its own classes, and static members that are one of these.
 */
function stateOf(file: string, text = readFileSync(file, 'utf8')): string[] {
  const source = parse(file, text)
  const written = writtenIn(source)
  const named = (name: ts.Node): string =>
    `${relative(root, file)}: ${ts.isIdentifier(name) ? name.text : '?'}`
  return source.statements.flatMap((statement) => {
    if (ts.isClassDeclaration(statement))
      return staticsOf(statement)
        .filter(({ name, initializer, modifiers }) => {
          const isFixed = modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ReadonlyKeyword)
          return isFixed !== true || isChangeable(initializer, written.has(textOf(name)))
        })
        .map(({ name }) => named(name))
    if (!ts.isVariableStatement(statement)) return []
    const isLet = (statement.declarationList.flags & ts.NodeFlags.Const) === 0
    return statement.declarationList.declarations
      .filter(
        ({ name, initializer }) => isLet || isChangeable(initializer, written.has(textOf(name))),
      )
      .map(({ name }) => named(name))
  })
}

const textOf = (name: ts.Node): string =>
  ts.isIdentifier(name) || ts.isPrivateIdentifier(name) ? name.text : ''

const staticsOf = (declaration: ts.ClassDeclaration): ts.PropertyDeclaration[] =>
  declaration.members
    .filter((member) => ts.isPropertyDeclaration(member))
    .filter((member) => member.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword))

function isChangeable(value: ts.Expression | undefined, isWritten: boolean): boolean {
  if (value === undefined) return false
  if (ts.isAsExpression(value) || ts.isSatisfiesExpression(value))
    return isChangeable(value.expression, isWritten)
  if (ts.isArrayLiteralExpression(value)) return isWritten || value.elements.length === 0
  if (ts.isObjectLiteralExpression(value)) return isWritten || value.properties.length === 0
  if (!ts.isNewExpression(value) || !ts.isIdentifier(value.expression)) return false
  const isFilled = (value.arguments?.length ?? 0) > 0
  return isWritten || !(isFilled && ['Set', 'Map', 'RegExp'].includes(value.expression.text))
}

const CHANGERS = ['push', 'pop', 'shift', 'unshift', 'splice', 'sort', 'reverse', 'fill', 'copyWithin', 'set', 'add', 'delete', 'clear'] // prettier-ignore

/** The names of what a module writes into: by assignment, `delete`, a method that changes it, or `Object.assign`. */
function writtenIn(source: ts.SourceFile): Set<string> {
  const names = new Set<string>()
  const note = (target: ts.Node): void => {
    const inner = ts.isPropertyAccessExpression(target) || ts.isElementAccessExpression(target)
    if (inner) note(target.expression)
    if (ts.isIdentifier(target)) names.add(target.text)
    // The member of a class: `Board.cards`.
    if (ts.isPropertyAccessExpression(target)) names.add(target.name.text)
  }
  const visit = (node: ts.Node): void => {
    if (ts.isBinaryExpression(node) && isAssignment(node.operatorToken.kind)) {
      if (!ts.isIdentifier(node.left)) note(node.left)
    } else if (ts.isDeleteExpression(node)) note(node.expression)
    else if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
      const { PlusPlusToken, MinusMinusToken } = ts.SyntaxKind
      if (node.operator === PlusPlusToken || node.operator === MinusMinusToken) note(node.operand)
    } else if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      const { name, expression } = node.expression
      if (CHANGERS.includes(name.text)) note(expression)
      const [target] = node.arguments
      if (textOf(expression) === 'Object' && name.text === 'assign' && target) note(target)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return names
}

function isAssignment(kind: ts.SyntaxKind): boolean {
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment
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
    const filled = new Set(['a'])
    const NAME = 'fixed'
    const LEVELS = { warn: 1 }
    const counts = { warn: 1 }
    const seen = ['a']
    const later: string[] = []
    const byName = {} as Record<string, string>
    class Board {
      static readonly size = 3
      static readonly WORDS = ['a']
      static readonly cards = ['a']
      static last = 0
    }
    export function play(name: string) {
      filled.add(name)
      counts.warn += LEVELS.warn
      seen.push(name)
      Board.cards[0] = name
    }
  `
  expect(stateOf(join(root, 'some.ts'), text)).toEqual([
    'some.ts: listening',
    'some.ts: holders',
    'some.ts: board',
    'some.ts: filled',
    'some.ts: counts',
    'some.ts: seen',
    'some.ts: later',
    'some.ts: byName',
    'some.ts: cards',
    'some.ts: last',
  ])
})
