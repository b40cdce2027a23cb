import { defineConfig } from 'eslint/config'
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript'
import importX from 'eslint-plugin-import-x'
import tseslint from 'typescript-eslint'

const ROOMS = [
  'wire',
  'auth',
  'definition',
  'pagination',
  'connectors',
  'sealing',
  'client',
  'cli',
  'web',
  'console',
  'testing',
  'contract',
]
const WORKER_SIDE = ['plugin', 'worker', 'index']
const OUTSIDE = ['workflows', 'activities']

/**
 * What one folder may import (CONTRIBUTING.md, "Where things go").
 * @param {string} folder
 * @param {{rooms?: string[], packages?: string[], forbiddenPackages?: string[], dynamic?: boolean}} allowed
 *   `rooms`: other folders of this project; `packages`: the only packages (default: any but `forbiddenPackages`)
 * @returns {import('eslint').Linter.Config}
 */
function importsOf(folder, allowed) {
  const patterns = patternsOf(folder, allowed)
  return {
    name: `tokenkeeper/imports of ${folder}`,
    files: [`${folder}/**/*.ts`, `${folder}/**/*.tsx`],
    rules: {
      'no-restricted-imports': ['error', { patterns }],
      'no-restricted-syntax': syntaxOf(allowed.dynamic === false ? LATE_IMPORTS : []),
    },
  }
}

function patternsOf(folder, { rooms = [], packages, forbiddenPackages = [] }) {
  const own = folder.replace('src/', '')
  const closed = [...ROOMS, ...OUTSIDE, ...WORKER_SIDE].filter(
    (room) => room !== own && !rooms.includes(room),
  )
  const patterns = [
    {
      regex: String.raw`^(\.\./)+(src/)?(${closed.join('|')})(/|\.js$)`,
      message: `${folder} must not import this folder, not even its types (CONTRIBUTING.md, Where things go).`,
    },
  ]
  if (packages !== undefined) {
    const names = packages.map((name) => `${name}$`).join('|')
    patterns.push({
      regex: `^(?!\\.{1,2}/)(?!(?:${names || '$'}))`,
      message: `${folder} may import only these packages: ${packages.join(', ')} (CONTRIBUTING.md, Where things go).`,
    })
  }
  for (const name of forbiddenPackages) {
    patterns.push({
      regex: `^${name}(/|$)`,
      message: `${folder} must not import ${name} (CONTRIBUTING.md, Where things go).`,
    })
  }
  return patterns
}

const ACTIVITIES = {
  rooms: ['contract', 'definition', 'auth', 'pagination', 'connectors', 'sealing', 'wire'],
  forbiddenPackages: ['@temporalio/worker', '@temporalio/workflow'],
}

/** The folders of activities, each with those that it may import: all of them point one way. */
const ACTIVITY_FOLDERS = {
  runtime: [],
  network: [],
  limits: ['runtime'],
  keeper: ['limits', 'network', 'runtime'],
  connection: ['keeper', 'limits', 'network', 'runtime'],
  notices: ['keeper', 'network', 'runtime'],
  token: ['connection', 'keeper', 'limits', 'network', 'notices', 'runtime'],
  call: ['connection', 'keeper', 'runtime'],
  fetch: ['connection', 'keeper', 'runtime'],
  sync: ['connection', 'keeper', 'runtime'],
  'sync/reading': ['call', 'connection', 'keeper', 'runtime'],
  'sync/writing': ['call', 'connection', 'keeper', 'reading', 'runtime'],
}

/** @returns {import('eslint').Linter.Config[]} */
function importsOfActivityFolders() {
  return Object.entries(ACTIVITY_FOLDERS).map(([folder, open]) => {
    const names = Object.keys(ACTIVITY_FOLDERS).map((one) => one.replace('sync/', ''))
    const closed = names.filter((name) => !folder.endsWith(name) && !open.includes(name))
    const patterns = [
      ...patternsOf('activities', ACTIVITIES),
      {
        regex: String.raw`^(\.\./)+(?:(${closed.join('|')})/|[\w-]+\.js$)`,
        message: `activities/${folder} may import only these folders of activities: ${open.join(', ') || 'none'} (CONTRIBUTING.md, Where things go).`,
      },
    ]
    return {
      name: `tokenkeeper/imports of activities/${folder}`,
      files: [`activities/${folder}/*.ts`],
      rules: { 'no-restricted-imports': ['error', { patterns }] },
    }
  })
}

const AUTH = {
  rooms: ['contract', 'definition', 'sealing', 'wire'],
  forbiddenPackages: ['@temporalio', 'undici'],
}
const CLIENT = {
  rooms: ['contract', 'sealing'],
  forbiddenPackages: ['@temporalio/workflow', '@temporalio/worker', '@temporalio/activity'],
}
const CLI = {
  rooms: ['contract', 'sealing', 'client', 'web', 'console'],
  forbiddenPackages: ['@temporalio/workflow', '@temporalio/worker', '@temporalio/activity'],
}

/** The folders inside a room, each with those beside it that it may import; none imports what uses it. */
const INNER_FOLDERS = {
  'src/auth': [
    AUTH,
    {
      kind: [],
      aws: ['kind'],
      hmac: ['kind'],
      oauth1: ['kind'],
      oauth2: ['kind'],
      custom: ['kind', 'oauth2'],
      jwt: ['kind', 'oauth2'],
      login: ['kind', 'oauth2'],
    },
  ],
  'src/client': [CLIENT, { errors: [], replay: ['errors'] }],
  'src/cli': [
    CLI,
    {
      terminal: [],
      frame: ['terminal'],
      temporal: ['frame', 'terminal'],
      fleet: ['frame', 'temporal', 'terminal'],
      bulk: ['fleet', 'frame', 'temporal', 'terminal'],
      sync: ['fleet', 'frame', 'temporal', 'terminal'],
      doctor: ['frame', 'temporal', 'terminal'],
      'codec-server': ['frame', 'temporal'],
      dev: ['frame'],
      import: ['frame'],
      init: ['frame'],
    },
  ],
}

/** @returns {import('eslint').Linter.Config[]} */
function importsOfInnerFolders() {
  return Object.entries(INNER_FOLDERS).flatMap(([room, [allowed, folders]]) =>
    Object.entries(folders).map(([folder, open]) => {
      const patterns = [
        ...patternsOf(room, allowed),
        {
          regex: String.raw`^\.\./(?!\.\./|(?:${open.join('|') || '$'})/)`,
          message: `${room}/${folder} may import only these folders of ${room}: ${open.join(', ') || 'none'} (CONTRIBUTING.md, Where things go).`,
        },
      ]
      return {
        name: `tokenkeeper/imports of ${room}/${folder}`,
        files: [`${room}/${folder}/*.ts`],
        rules: { 'no-restricted-imports': ['error', { patterns }] },
      }
    }),
  )
}

/** @returns {import('eslint').Linter.RuleEntry} */
function syntaxOf(further = []) {
  return ['error', EXPORT_ALL, ...CONDITIONAL_SPREADS, TWO_WAY_RESULTS, ...further]
}

/**
 * The parts of a token workflow's state know each other and the contract, never the whole.
 * @returns {import('eslint').Linter.Config}
 */
function importsOfParts() {
  const patterns = [
    {
      regex: String.raw`^(?!\./|\.\./\.\./\.\./src/contract/)`,
      message:
        'A part of the state knows other parts and the contract only (CONTRIBUTING.md, Where things go).',
    },
  ]
  return {
    name: 'tokenkeeper/imports of workflows/token/parts',
    files: ['workflows/token/parts/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns }] },
  }
}

const EXPORT_ALL = {
  selector: 'ExportAllDeclaration',
  message: 'Name what is exported: `export *` makes everything public by accident.',
}
const CONDITIONAL_SPREADS = [
  {
    selector: 'SpreadElement > ConditionalExpression > ObjectExpression[properties.length=0]',
    message:
      'Write `name: maybe`, with `name?: T | undefined` in the type. Where a reader lists members, or another package takes no undefined, there is withoutUndefined() of src/contract/plain-data.ts.',
  },
  {
    selector: 'SpreadElement > ConditionalExpression > ArrayExpression[elements.length=0]',
    message: 'Push what there is, or filter the list: a conditional list is hard to read.',
  },
]
const TWO_WAY_RESULTS = {
  selector:
    'TSPropertySignature[key.name=/^(ok|success|failed|answered)$/] TSLiteralType > Literal[raw=/^(true|false)$/]',
  message: 'Results are told apart by `outcome`, in words of their own; things by `kind`.',
}
const LATE_IMPORTS = [
  { selector: 'ImportExpression', message: 'A late import gets round the import rules.' },
  { selector: 'TSImportType', message: 'import("…") types get round the import rules.' },
]

/** The import table of CONTRIBUTING.md; needs no type information, so that a test can hold forbidden fixtures against it. */
export const importRules = [
  importsOf('src/contract', {
    // Durations are read as Temporal reads them.
    packages: ['@temporalio/common', '@temporalio/common/lib/time.js'],
    dynamic: false,
  }),
  importsOf('workflows', {
    rooms: ['contract'],
    packages: ['@temporalio/workflow', '@temporalio/common'],
    dynamic: false,
  }),
  importsOfParts(),
  importsOf('src/definition', {
    rooms: ['contract', 'wire'],
    packages: ['zod', 'json-p3', 'tldts', 'ipaddr.js'],
    dynamic: false,
  }),
  importsOf('src/wire', { packages: ['node:.*'], dynamic: false }),
  // The files of the kinds are free of Node's types, not of Node: docs/decisions/one-file-a-kind.md.
  importsOf('src/auth', AUTH),
  // Its types are free of Node's; it hashes ids of records.
  importsOf('src/pagination', {
    rooms: ['contract', 'definition', 'wire'],
    packages: ['zod', 'node:crypto'],
    dynamic: false,
  }),
  importsOf('src/connectors', {
    rooms: ['contract', 'definition', 'auth', 'pagination'],
    packages: ['zod'],
    dynamic: false,
  }),
  importsOf('activities', ACTIVITIES),
  ...importsOfActivityFolders(),
  importsOf('src/sealing', {
    rooms: ['contract', 'definition'],
    forbiddenPackages: ['@temporalio/workflow', '@temporalio/worker', 'undici'],
  }),
  importsOf('src/client', CLIENT),
  importsOf('src/web', {
    rooms: ['contract', 'sealing', 'client'],
    forbiddenPackages: ['@temporalio', 'undici'],
  }),
  importsOf('src/console', {
    rooms: ['contract', 'sealing', 'client', 'web'],
    forbiddenPackages: [
      '@temporalio/workflow',
      '@temporalio/worker',
      '@temporalio/activity',
      'undici',
    ],
  }),
  importsOf('src/cli', CLI),
  ...importsOfInnerFolders(),
]

export default defineConfig(
  {
    name: 'tokenkeeper/ignored',
    ignores: [
      'dist/',
      'coverage/',
      'node_modules/',
      'test/fixtures/forbidden/',
      'test/package/project/',
      'test/deploy/project/',
      // Projects of their own, which test/package compiles with the packed package.
      'examples/quick-start/',
      'examples/one-process/',
      'examples/customer-connect/',
    ],
  },
  {
    name: 'tokenkeeper/typescript',
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked],
    plugins: { 'import-x': importX },
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    settings: {
      'import-x/resolver-next': [createTypeScriptImportResolver()],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts', '.tsx'] },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // an arrow that only calls something is plain to read
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      // `number` in a template prints as what it is; the rule's other cases stay
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      'import-x/no-default-export': 'error',
    },
  },
  {
    name: 'tokenkeeper/exports',
    files: ['src/**/*.ts', 'src/**/*.tsx'],
    rules: { 'no-restricted-syntax': syntaxOf() },
  },
  ...importRules,
  {
    name: 'tokenkeeper/configuration',
    files: ['*.config.ts'],
    rules: { 'import-x/no-default-export': 'off' },
  },
  {
    name: 'tokenkeeper/plain node',
    files: ['**/*.js', '**/*.mjs', '**/*.cjs'],
    rules: { 'no-undef': 'off', 'no-unused-vars': 'error', 'prefer-const': 'error' },
  },
)
