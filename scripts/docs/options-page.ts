import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = fileURLToPath(new URL('../../', import.meta.url))

interface Group {
  readonly title: string
  readonly about: string
  /** Exported interfaces, or types of an object. */
  readonly names: readonly string[]
}

const GROUPS: readonly Group[] = [
  {
    title: 'Keeper worker and plugin',
    about: '`createKeeperWorker(options)` and `new TokenkeeperPlugin(options)`.',
    names: ['KeeperOptions', 'KeeperWorkerOptions', 'KeeperHereOptions', 'KeeperElsewhereOptions'],
  },
  {
    title: 'Notices',
    about: '`notices` of the keeper worker: [how to](../how-to/notices.md).',
    names: [
      'NoticesOptions',
      'NoticeFilter',
      'WebhookDestination',
      'SlackDestination',
      'ActivityDestination',
    ],
  },
  {
    title: 'Traces',
    about: '`tracing` of the keeper worker: [how to](../how-to/watch.md#traces).',
    names: ['TracingOptions'],
  },
  {
    title: 'Client',
    about: '`new TokenkeeperClient(options)` and its methods.',
    names: [
      'TokenkeeperClientOptions',
      'ActorOptions',
      'ReplaceOptions',
      'ConnectOptions',
      'ConnectionDetails',
      'ConnectionFilter',
      'ListOptions',
      'BeginAuthorizationOptions',
      'ReplayFilter',
      'ReplayOptions',
    ],
  },
  {
    title: 'Flows',
    about: '`connection(connector, account, options)` and its methods, in workflow code.',
    names: ['ConnectionOptions', 'CallOptions', 'LeaseOptions'],
  },
  {
    title: 'Syncs',
    about: 'The argument of `syncFlow`.',
    names: ['SyncInput', 'SyncEnd', 'SyncEndpointSink', 'SyncFunctionSink', 'IncrementalSync'],
  },
  {
    title: 'Activities of your own',
    about: '`authorizedFetch(connector, account, options)`.',
    names: ['AuthorizedFetchOptions', 'AuthorizedFetchInit'],
  },
  {
    title: 'Connectors',
    about: '`defineConnector(definition)`.',
    names: [
      'Connector',
      'IdentityRule',
      'ConnectRules',
      'ConnectFieldRule',
      'ConnectLinkRule',
      'NetworkRule',
      'ExpiredRule',
      'VariableRule',
    ],
  },
  {
    title: 'Endpoints',
    about: '`get(path, options)`, `post`, `put`, `patch`, `del`.',
    names: [
      'Endpoint',
      'ReadAhead',
      'LookupRule',
      'ResultsRule',
      'ValueRule',
      'LimitRules',
      'DetectRule',
      'RemainingRule',
      'LimitHeader',
      'LimitBudget',
    ],
  },
  {
    title: 'OAuth 2.0',
    about:
      'What all grants have; what each has beside it is on [its page](../auth/README.md), as are the other kinds of authentication.',
    names: [
      'OAuth2Definition',
      'RefreshableDefinition',
      'ClientKey',
      'TokenHeader',
      'RefreshPolicy',
      'TokenRequestRules',
      'TokenAnswerRules',
    ],
  },
  {
    title: 'Web server',
    about: '`createAuthorizationHandler(options)`.',
    names: ['AuthorizationHandlerOptions'],
  },
  {
    title: 'Console and connect pages',
    about:
      '`createConsole(options)`, `createConnectPages(options)`, `client.createConnectLink(options)`.',
    names: [
      'ConsoleOptions',
      'TokenSignIn',
      'OpenIdSignIn',
      'OwnSignIn',
      'ConnectPagesOptions',
      'ConnectBrand',
      'ConnectTexts',
      'ConnectLinkSettings',
      'ConnectLinkOptions',
    ],
  },
  {
    title: 'Tests',
    about: '`createFakeKeeper(options)`, `createStrictUpstream(options)`.',
    names: ['FakeKeeperOptions', 'StrictUpstreamOptions'],
  },
]

const INTRO = `# Options

Every option with its type, its default and an example, from the doc comments. Written by \`npm run docs:pages\`; a test
holds it against the code. All that the package exports is on the site that \`npm run docs\` builds.
`

/** The page `docs/reference/options.md`. It only parses: no types are looked up, so it takes no time. */
export function optionsPage(): string {
  const declared = declarations()
  const sections = GROUPS.map(({ title, about, names }) =>
    [`## ${title}\n`, `${about}\n`, ...names.map((name) => section(name, declared))].join('\n'),
  )
  return [INTRO, ...sections].join('\n')
}

interface Declared {
  readonly members: ts.NodeArray<ts.TypeElement>
  readonly source: ts.SourceFile
  readonly node: ts.InterfaceDeclaration
}

function declarations(): ReadonlyMap<string, Declared> {
  const found = new Map<string, Declared>()
  for (const folder of ['activities', 'src', 'workflows'])
    for (const name of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
      if (!name.endsWith('.ts')) continue
      const text = readFileSync(join(root, folder, name), 'utf8')
      const source = ts.createSourceFile(name, text, ts.ScriptTarget.ES2023, true)
      for (const node of source.statements)
        if (ts.isInterfaceDeclaration(node) && text.includes(`export interface ${node.name.text}`))
          found.set(node.name.text, { members: node.members, source, node })
    }
  return found
}

function section(name: string, declared: ReadonlyMap<string, Declared>): string {
  const found = declared.get(name)
  if (found === undefined)
    throw new Error(
      `no interface ${name} is exported: mend the list in scripts/docs/options-page.ts`,
    )
  const { members, source, node } = found
  const text = (one: ts.Node): string => one.getText(source).replaceAll(/\s+/g, ' ')
  const bases = node.heritageClauses?.flatMap(({ types }) => types.map(text)) ?? []
  const rows = members
    .filter(ts.isPropertySignature)
    .filter(isPublic)
    .map((member) => {
      const option = text(member.name)
      const type = member.type === undefined ? 'unknown' : text(member.type)
      const example = exampleOf(member) ?? exampleOfType(option, type)
      if (example === undefined)
        throw new Error(
          `${name}.${option} needs an @example in its doc comment: the page shows one`,
        )
      const shown =
        member.questionToken === undefined
          ? `\`${shortened(type)}\``
          : `\`${withoutUndefined(shortened(type))}\`, optional`
      return `- \`${option}\` (${shown})${commentOf(member)}${asCode(example)}`
    })
  const more =
    bases.length === 0 ? [] : [`And all of ${bases.map((base) => `\`${base}\``).join(', ')}.`]
  return `### ${name}\n\n${[...rows, ...(more.length === 0 ? [] : ['', ...more])].join('\n')}\n`
}

function isPublic(member: ts.PropertySignature): boolean {
  return !ts.getJSDocTags(member).some(({ tagName }) => tagName.text === 'internal')
}

function exampleOf(member: ts.PropertySignature): string | undefined {
  const tag = ts.getJSDocTags(member).find(({ tagName }) => tagName.text === 'example')
  return ts.getTextOfJSDocComment(tag?.comment)?.trim()
}

/** A type that lists its values shows by itself how one is written. */
function exampleOfType(name: string, type: string): string | undefined {
  const [first = ''] = withoutUndefined(type).split(' | ')
  if (first === 'boolean') return `${name}: true`
  return first === 'true' || /^'[^']*'$/.test(first) ? `${name}: ${first}` : undefined
}

/** Two backticks and blanks around what has backticks itself. */
function asCode(example: string): string {
  return example.includes('`') ? ` Example: \`\` ${example} \`\`` : ` Example: \`${example}\``
}

function shortened(type: string): string {
  return type.replaceAll('readonly ', '')
}

/** `| undefined` says nothing beside "optional". */
function withoutUndefined(type: string): string {
  return type.replace(/ \| undefined$/, '')
}

function commentOf(member: ts.Node): string {
  const comments = ts.getJSDocCommentsAndTags(member).filter(ts.isJSDoc)
  const text = comments
    .map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? '')
    .join(' ')
    .replaceAll(/\{@link (?:\w+\.)?(\w+)\}/g, '`$1`')
    .replaceAll(/\s+/g, ' ')
    .trim()
  if (text === '') return ':'
  return /[.:!?]$/.test(text) ? `: ${text}` : `: ${text}.`
}
