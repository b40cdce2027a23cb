import { jsonpath, JSONPathEnvironment, type JSONPathQuery, type JSONValue } from 'json-p3'
import { parseNotation, type PathProblem, type PathStep } from './path-notation.js'

/** A path that has been read. */
interface Path {
  /** What it names in a value; undefined where there is nothing. */
  readonly read: (value: unknown) => unknown
  /** The list that it names: where it can name several places, all that it finds. */
  readonly list: (value: unknown) => unknown
  /** The steps of the path; undefined where it is a JSONPath. */
  readonly steps: readonly PathStep[] | undefined
  readonly lastName: string | undefined
}

/** Module-wide, for the same text is the same path everywhere. Paths of definitions are few; those of inputs are anybody's. */
const MAX_KEPT_PATHS = 2000
const kept = new Map<string, Path | PathProblem>()

/**
 * The value at a path of names joined by dots (`data.orders`); undefined where there is none. A key that
 * is called as the rest of the path comes first: `@odata.nextLink`. Other keys stand in quotes
 * (`data['a.b']`), places of a list in brackets (`orders[0]`). A path that begins with `$` is a
 * JSONPath (RFC 9535): the first value that it finds. Each path is read once.
 */
export function atPath(value: unknown, path: string): unknown {
  const known = parsedPath(path)
  return 'problem' in known ? undefined : known.read(value)
}

/** As {@link atPath}, for a list: a JSONPath that can name several places is the list of all that it finds. */
export function listAt(value: unknown, path: string): unknown {
  const known = parsedPath(path)
  return 'problem' in known ? undefined : known.list(value)
}

/** What is wrong with a path, in words that go behind its name. */
export function pathProblem(path: string): string | undefined {
  const known = parsedPath(path)
  return 'problem' in known ? known.problem : undefined
}

/** The names of a path that is written to. There is no value yet to compare names with, so a dot always divides. */
export function memberNames(path: string): readonly string[] {
  const known = parsedPath(path)
  return 'problem' in known ? [] : (known.steps ?? []).map(({ name }) => name)
}

/** What is wrong with a path that is written to, in words that follow its name. */
export function writtenPathProblem(path: string): string | undefined {
  const known = parsedPath(path)
  if ('problem' in known) return known.problem
  if (known.steps === undefined)
    return 'is a JSONPath, and this place is written: name the keys on the way to it'
  if (known.steps.some(({ index }) => index !== undefined))
    return 'names a place in a list, and this place is written: name the keys on the way to it'
  return known.steps.some(({ name }) => name === '__proto__')
    ? 'names __proto__, which is no key that can be written'
    : undefined
}

/** Whether the location that one path writes is the same as another or lies inside it. */
export function isPathWithin(path: string, whole: string): boolean {
  const names = memberNames(path)
  return memberNames(whole).every((name, at) => names[at] === name)
}

/** The name of the key that a path ends with; undefined where it may end with any. */
export function lastNameOf(path: string): string | undefined {
  const known = parsedPath(path)
  return 'problem' in known ? undefined : known.lastName
}

function parsedPath(path: string): Path | PathProblem {
  const known = kept.get(path)
  if (known !== undefined) return known
  const made = readPath(path)
  const [oldest] = kept.keys()
  if (kept.size >= MAX_KEPT_PATHS && oldest !== undefined) kept.delete(oldest)
  kept.set(path, made)
  return made
}

function readPath(path: string): Path | PathProblem {
  if (path.startsWith('$')) {
    const query = parseJsonPath(path)
    if ('problem' in query) return query
    const { first, all, isSingular, lastName } = query
    return { read: first, list: isSingular ? first : all, steps: undefined, lastName }
  }
  const steps = parseNotation(path)
  if ('problem' in steps) return steps
  const read = (value: unknown): unknown => follow(value, steps)
  return { read, list: read, steps, lastName: steps.at(-1)?.name }
}

function follow(value: unknown, steps: readonly PathStep[]): unknown {
  let current = value
  for (const { name, index, rest } of steps) {
    if (typeof current !== 'object' || current === null) return undefined
    const object = current as Readonly<Record<string, unknown>>
    if (index !== undefined) {
      if (!Array.isArray(current)) return undefined
      current = (current as readonly unknown[]).at(index)
      continue
    }
    if (rest !== undefined && Object.hasOwn(object, rest)) return object[rest]
    if (!Object.hasOwn(object, name)) return undefined
    current = object[name]
  }
  return current
}

/** A query of RFC 9535 whose cost is bounded by the size of what it is put to. */
interface JsonPath {
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
function parseJsonPath(text: string): JsonPath | PathProblem {
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
