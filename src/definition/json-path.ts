import { jsonpath, JSONPathEnvironment, type JSONPathQuery, type JSONValue } from 'json-p3'
import type { PathProblem } from './path-notation.js'

/** A query of RFC 9535 whose cost is bounded by the size of what it is put to. */
export interface JsonPath {
  /** It can select one node only (RFC 9535 section 2.3.5.1). */
  readonly isSingular: boolean
  /** What it finds first; undefined: nothing. */
  readonly first: (value: unknown) => unknown
  /** Everything that it finds, in order. */
  readonly all: (value: unknown) => readonly unknown[]
  /** The name of the member that it ends with; undefined where it may end with any. */
  readonly lastName: string | undefined
}

const MAX_QUERY_LENGTH = 1000
const MAX_SEGMENTS = 20
const MAX_SELECTORS = 10
/** How deep `..` goes: deeper values are not looked into. */
const MAX_QUERY_DEPTH = 500

/** The library is used without its selector for keys, which RFC 9535 does not have. */
const environment = new JSONPathEnvironment({
  maxRecursionDepth: MAX_QUERY_DEPTH,
  keysPattern: /(?!)/y,
})
// Their time is not bounded: patterns are run by the engine's own backtracking.
environment.functionRegister.delete('match')
environment.functionRegister.delete('search')

/** Reads a query, which begins with `$`. The problem repeats none of its text. */
export function parseJsonPath(text: string): JsonPath | PathProblem {
  if (text.length > MAX_QUERY_LENGTH)
    return { problem: `is longer than ${MAX_QUERY_LENGTH} characters` }
  let query: JSONPathQuery
  try {
    query = environment.compile(text)
  } catch {
    return {
      problem: /\b(?:match|search)\s*\(/.test(text)
        ? 'uses match() or search(), whose time is not bounded: compare with == instead'
        : "begins with $ and is no JSONPath (RFC 9535), as '$.data[?@.open == true].id': a key that begins so is written in quotes, as in ['$key']",
    }
  }
  const costly = costProblem(query)
  if (costly !== undefined) return { problem: costly }
  const isSingular = query.singularQuery()
  const [last] = query.segments.at(-1)?.selectors ?? []
  return {
    isSingular,
    first: (value) => boundedQuery(() => query.match(value as JSONValue)?.value),
    all: (value) => boundedQuery(() => query.query(value as JSONValue).values()) ?? [],
    lastName: isSingular && last instanceof jsonpath.selectors.NameSelector ? last.name : undefined,
  }
}

/** A value that is nested too deep holds nothing that is found. */
function boundedQuery<T>(find: () => T): T | undefined {
  try {
    return find()
  } catch {
    return undefined
  }
}

/** What would let it look at the same values time and again. */
function costProblem({ segments }: JSONPathQuery): string | undefined {
  if (segments.length > MAX_SEGMENTS) return `has more than ${MAX_SEGMENTS} segments`
  const descents = segments.filter((one) => one.toString().startsWith('..')).length
  if (descents > 1) return "has '..' more than once, which may look at each value many times"
  const lists = segments.filter(({ selectors }) => selectors.length > 1)
  if (lists.length > 1 || lists.some(({ selectors }) => selectors.length > MAX_SELECTORS))
    return `has several selectors in more than one segment, or more than ${MAX_SELECTORS} in one`
  for (const { selectors } of segments)
    for (const selector of selectors)
      if (selector instanceof jsonpath.selectors.FilterSelector && !isCheap(selector.expression))
        return 'has a filter that looks at more than single places (*, .., a slice or another filter in it)'
  return undefined
}

/** Whether a filter looks at single places only. */
function isCheap(expression: unknown): boolean {
  const { expressions } = jsonpath
  if (expression instanceof expressions.LogicalExpression) return isCheap(expression.expression)
  if (expression instanceof expressions.PrefixExpression) return isCheap(expression.right)
  if (expression instanceof expressions.InfixExpression)
    return isCheap(expression.left) && isCheap(expression.right)
  if (expression instanceof expressions.FunctionExtension) return expression.args.every(isCheap)
  if (expression instanceof expressions.FilterQuery) return expression.path.singularQuery()
  return true
}
