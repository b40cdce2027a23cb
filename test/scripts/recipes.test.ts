import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
let copy: string

/** One recipe of CONTRIBUTING: a file made after a neighbour, and what is written behind which text. */
interface Recipe {
  readonly file?: { readonly like: string; readonly as: string; readonly renamed: Renamed }
  readonly lines: readonly (readonly [file: string, after: string, line: string])[]
}
type Renamed = readonly (readonly [string, string])[]

const RECIPES: Readonly<Record<string, Recipe>> = {
  'a kind of authentication': {
    file: {
      like: 'src/auth/none.ts',
      as: 'src/auth/recipe.ts',
      renamed: [
        ['NoAuth', 'RecipeAuth'],
        ['none', 'recipe'],
      ],
    },
    lines: [
      ['src/auth/registry.ts', '', "import { recipeKind } from './recipe.js'\n"],
      ['src/auth/registry.ts', 'const AUTH_KINDS = {\n', '  recipe: recipeKind,\n'],
      ['src/connectors/index.ts', '', "export { recipe } from '../auth/recipe.js'\n"],
    ],
  },
  'a style of pagination': {
    file: {
      like: 'src/pagination/next-url.ts',
      as: 'src/pagination/recipe-url.ts',
      renamed: [
        ['next-url', 'recipe-url'],
        ['nextUrl', 'recipeUrl'],
        ['NextUrl', 'RecipeUrl'],
      ],
    },
    lines: [
      ['src/pagination/registry.ts', '', "import { recipeUrlStyle } from './recipe-url.js'\n"],
      ['src/pagination/registry.ts', 'const STYLES = {\n', "  'recipe-url': recipeUrlStyle,\n"],
      ['src/connectors/index.ts', '', "export { recipeUrl } from '../pagination/recipe-url.js'\n"],
    ],
  },
  'a failure code': {
    lines: [
      [
        'src/contract/failures.ts',
        'export const FAILURES = {\n',
        "  RecipeFailed: { retryable: false, category: 'data', whatToDo: 'cook it again' },\n",
      ],
    ],
  },
  'a search attribute': {
    lines: [
      [
        'src/contract/search-attributes.ts',
        'export const SEARCH_ATTRIBUTES = {\n',
        "  TokenkeeperRecipe: 'KEYWORD',\n",
      ],
    ],
  },
  'a command': {
    file: {
      like: 'src/cli/rotate.ts',
      as: 'src/cli/recipe.ts',
      renamed: [
        ['addRotate', 'addRecipe'],
        ["name: 'rotate'", "name: 'recipe'"],
        ['change the secret; the old one stays until the new one has worked', 'follow a recipe'],
      ],
    },
    lines: [
      [
        'src/cli/program.ts',
        "import { addReplay } from './replay.js'\n",
        "import { addRecipe } from './recipe.js'\n",
      ],
      ['src/cli/program.ts', "    'Connections:',\n    [\n", '      addRecipe,\n'],
    ],
  },
  'a preset': {
    file: {
      like: 'src/connectors/presets/hubspot.ts',
      as: 'src/connectors/presets/recipe.ts',
      renamed: [['hubspot', 'recipe']],
    },
    lines: [['src/connectors/presets/index.ts', '', "export { recipe } from './recipe.js'\n"]],
  },
}

/** What uses the registries: all of it with the workers takes twice as long, and `npm run types` has it. */
const CHECKED = {
  extends: './tsconfig.json',
  compilerOptions: { declaration: false },
  include: [],
  files: ['src/questions.ts', 'workflows/index.ts', 'src/connectors/presets/index.ts'],
}

/** Asks the registries of the copy for what was added. */
const QUESTIONS = `
import { createProgram } from './cli/program.js'
import { defineConnector, get, recipe, recipeUrl, secret } from './connectors/index.js'
import { recipe as preset } from './connectors/presets/index.js'
import { createFailure } from './contract/failure.js'
import { codesOf } from './contract/failures.js'
import { searchAttributeKey } from './contract/search-attributes.js'
import { paginationStyle } from './pagination/registry.js'

const paginate = recipeUrl({ path: 'next' })
const { id } = defineConnector({
  id: 'recipe',
  baseUrl: 'https://recipe.example',
  auth: recipe(),
  endpoints: { list: get('/list', { paginate }) },
})
const url = new URL('https://recipe.example/list')
const answer = { url, baseUrl: url, asked: { url }, isFirst: true, headers: {}, body: { next: '?page=2' }, records: [] }
const next = paginationStyle(paginate).next(answer, paginate)
console.log(
  JSON.stringify({
    id,
    preset: preset({ clientId: 'x', clientSecret: secret('env:X'), scope: 'x', endpoints: {} }).id,
    page: next.outcome === 'next' ? next.position.url.search : next,
    isRepeated: !createFailure('RecipeFailed', 'It burnt.').nonRetryable,
    isData: codesOf(['data']).includes('RecipeFailed'),
    attribute: searchAttributeKey('TokenkeeperRecipe').name,
    command: createProgram().commands.find((one) => one.name() === 'recipe')?.description(),
  }),
)
`

async function follow({ file, lines }: Recipe): Promise<void> {
  if (file !== undefined) {
    const like = await readFile(join(copy, file.like), 'utf8')
    const text = file.renamed.reduce((made, [from, to]) => made.replaceAll(from, to), like)
    await writeFile(join(copy, file.as), text)
  }
  for (const [name, after, line] of lines) {
    const text = await readFile(join(copy, name), 'utf8')
    expect(text, name).toContain(after)
    const at = text.indexOf(after) + after.length
    await writeFile(join(copy, name), text.slice(0, at) + line + text.slice(at))
  }
}

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'tokenkeeper-recipes-'))
  const copied = ['src', 'workflows', 'activities', 'package.json', 'tsconfig.json']
  await Promise.all(
    copied.map((name) => cp(join(root, name), join(copy, name), { recursive: true })),
  )
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'))
})
afterAll(async () => {
  await rm(copy, { recursive: true, force: true })
})

test('each recipe of CONTRIBUTING is a file and a few lines, and the rest of the code takes it', async () => {
  for (const recipe of Object.values(RECIPES)) await follow(recipe)
  await writeFile(join(copy, 'src', 'questions.ts'), QUESTIONS)
  await writeFile(join(copy, 'tsconfig.recipes.json'), JSON.stringify(CHECKED))
  const run = promisify(execFile)
  const at = { cwd: copy }
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const checked = run(process.execPath, [tsc, '-p', 'tsconfig.recipes.json'], at)
  expect(await checked.catch((error: unknown) => error)).toMatchObject({ stdout: '' })
  const asked = await run(process.execPath, ['--import', 'tsx', 'src/questions.ts'], at)
  expect(JSON.parse(asked.stdout)).toEqual({
    id: 'recipe',
    preset: 'recipe',
    page: '?page=2',
    isRepeated: false,
    isData: true,
    attribute: 'TokenkeeperRecipe',
    command: 'follow a recipe',
  })
}, 600_000)
