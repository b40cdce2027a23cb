import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { credentialFields } from '../../activities/token/prepare.js'
import { splitFields, withAnswered } from '../../activities/connection/sealed-fields.js'
import { expandTemplate } from '../../src/definition/variables.js'
import type { AuthLike, MintContext, SigningContext } from '../../src/auth/kind/auth-kind.js'
import { bindCustomAuth } from '../../src/auth/custom/bind-custom-auth.js'
import {
  type CustomAuthFunctions,
  isCustomAuthFunctions,
} from '../../src/auth/custom/define-custom-auth.js'
import { authKindOf, authKinds } from '../../src/auth/registry.js'
import type { Connector } from '../../src/connectors/index.js'
import { Secret } from '../../src/sealing/secret.js'
import { type DocsPage, readDocsPage, readRepositoryFile } from './docs-page.js'
import { startPlayedUpstream } from './played-upstream.js'

/** When the pages' calls take place. */
const NOW_MS = Date.parse('2026-01-15T12:00:00Z')
/** What `tickets.create` is called with. */
const BODY = '{"title":"The printer is on fire"}'
const ACCOUNT = 'acme'

const kinds = authKinds.map(({ kind }) => kind)
const exampleFiles = await readdir(fileURLToPath(new URL('../../examples/auth', import.meta.url)))
const pageFiles = await readdir(fileURLToPath(new URL('../../docs/auth', import.meta.url)))

describe('examples and pages of the kinds', () => {
  it.each(exampleFiles)('examples/auth/%s exports one connector', async (file) => {
    const name = file.replace(/\.ts$/, '')
    const connector = await loadExample(name)
    expect(Object.isFrozen(connector)).toBe(true)
    if (name !== 'base') expect(connector.auth.kind).toBe(name)
  })

  it('every kind has one example and one page, and there are no others', () => {
    expect([...exampleFiles].sort()).toEqual(['base', ...kinds].map((name) => `${name}.ts`).sort())
    expect([...pageFiles].sort()).toEqual(['README', ...kinds].map((name) => `${name}.md`).sort())
  })

  it('the table of the pages and the one in README name every kind', async () => {
    const table = await readRepositoryFile('docs/auth/README.md')
    const readme = await readRepositoryFile('README.md')
    for (const kind of kinds) {
      expect(table).toContain(`](${kind}.md)`)
      expect(readme).toContain(`](docs/auth/${kind}.md)`)
    }
  })

  describe.each(kinds)('%s', (kind) => {
    it('its page shows its example as it is', async () => {
      const code = await readRepositoryFile(`examples/auth/${kind}.ts`)
      const { text } = await readDocsPage(kind)
      expect(text).toContain(`\`\`\`ts\n// examples/auth/${kind}.ts\n${code}\`\`\``)
    })

    it('its example sends what its page shows', async () => {
      const page = await readDocsPage(kind)
      const upstream = await startPlayedUpstream(page.transcript, () => NOW_MS)
      try {
        await play(await loadExample(kind), page, upstream)
        expect(upstream.differences).toEqual([])
        expect(upstream.next()).toBeUndefined()
      } finally {
        await upstream.stop()
      }
    })
  })
})

async function loadExample(name: string): Promise<Connector> {
  const module = (await import(`../../examples/auth/${name}.ts`)) as Record<string, unknown>
  const functions = Object.values(module).filter(isCustomAuthFunctions)
  const [connector, ...others] = Object.values(module).filter((one) => !isCustomAuthFunctions(one))
  expect(others).toEqual([])
  return withFunctions(connector as Connector, functions)
}

/** As a worker does that has the functions as `customAuth`. */
function withFunctions(connector: Connector, functions: readonly CustomAuthFunctions[]): Connector {
  const { auth } = connector
  if (!('name' in auth) || functions[0] === undefined) return connector
  return Object.freeze({
    ...connector,
    auth: bindCustomAuth(auth, { [auth.name]: functions[0] }),
  })
}

/** Connects with the page's credential, sends the call that the page shows, and revokes where it shows that too. */
async function play(
  { auth, baseUrl, endpoints, variables: rules = {} }: Connector,
  page: DocsPage,
  upstream: Awaited<ReturnType<typeof startPlayedUpstream>>,
): Promise<void> {
  const kind = authKindOf<AuthLike>(auth)
  const given = credentialFields(new Secret(JSON.stringify(page.credential)), {
    auth,
    variables: rules,
  })
  if (given.outcome === 'unreadable') throw new Error(given.problem)
  const { fields, variables } = splitFields(given.fields, ACCOUNT)
  const outside: SigningContext = {
    now: () => NOW_MS,
    randomBytes: (size) => Uint8Array.from({ length: size }, (_, index) => index),
    resolve: ({ secret }) => Promise.resolve(resolveIn(page, secret)),
    rules,
  }
  const known = expandTemplate(baseUrl, variables, rules)
  const context: MintContext = {
    ...outside,
    baseUrl: known,
    auth,
    account: ACCOUNT,
    fields,
    variables,
    rules,
    exchangeOnce: upstream.exchangeOnce,
  }
  const outcome = await kind.mint(context)
  if (outcome.outcome === 'refused')
    throw new Error(`${outcome.message}\n${upstream.differences.join('\n')}`)
  const signing = { ...outside, variables: withAnswered(variables, rules, outcome.answer) }
  const [method = '', target = ''] = upstream.next()?.start.split(' ') ?? []
  const base = expandTemplate(baseUrl, signing.variables, rules) ?? ''
  const endpoint = Object.values(endpoints).find(
    (one) => one.method === method && new URL(base + one.path).pathname === target.split('?')[0],
  )
  if (endpoint === undefined)
    throw new Error(`the page's call is of no endpoint: ${method} ${target}`)
  const carriesBody = method === 'POST'
  const bare = {
    method,
    url: new URL(base + endpoint.path),
    headers: {
      accept: 'application/json',
      ...(carriesBody ? { 'content-type': 'application/json' } : {}),
    },
    ...(carriesBody ? { body: BODY } : {}),
  }
  const status = await upstream.send(await kind.authorize(bare, outcome.token, auth, signing))
  expect({ status, differences: upstream.differences }).toEqual({ status: 200, differences: [] })
  if (upstream.next() === undefined) return
  const revoked = await kind.revoke?.({
    ...context,
    fields: outcome.grant ?? context.fields,
    token: outcome.token,
  })
  expect(revoked?.outcome).toBe('revoked')
}

function resolveIn({ environment }: DocsPage, reference: string): Secret {
  const value = environment.get(reference.replace('env:', ''))
  if (value === undefined) throw new Error(`the page's environment lacks ${reference}`)
  return new Secret(value)
}
