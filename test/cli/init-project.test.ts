import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import * as makers from '../../src/connectors/index.js'
import { authKindNamed, authKinds } from '../../src/auth/registry.js'
import { AUTH_TEMPLATES, authTemplate } from '../../src/cli/init/auth-templates.js'
import {
  codeName,
  PRACTICE_URL,
  type ProjectAnswers,
  variablePrefix,
} from '../../src/cli/init/project-answers.js'
import { projectFiles } from '../../src/cli/init/project-files.js'
import type { Connector } from '../../src/connectors/connector.js'
import { Secret } from '../../src/sealing/secret.js'

const KEY = 'tkpub1.0000000000000000.public'

function answers(kind: string, more: Partial<ProjectAnswers> = {}): ProjectAnswers {
  const auth = authTemplate(kind)
  if (auth === undefined) throw new Error(`there is no template for ${kind}`)
  return {
    name: 'a-project',
    connector: 'practice',
    auth,
    listPath: '/records',
    items: 'records',
    verifyPath: '/me',
    ...more,
  }
}

function fileOf(given: ProjectAnswers, path: string): string {
  const file = projectFiles(given, (name) => `^${name.length}`, KEY).find(
    (one) => one.path === path,
  )
  if (file === undefined) throw new Error(`there is no ${path}`)
  return file.text
}

/** Runs `connector.ts` with the real functions: it has no types that only a compiler reads. */
function connectorOf(given: ProjectAnswers): Connector {
  const code = fileOf(given, 'connector.ts')
    .replace(/^import \{([^}]*)\} from 'tokenkeeper\/connector'$/m, 'const {$1} = makers')
    .replace(/^export const \w+ = /m, 'return ')
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the text is what is tested
  const make = new Function('makers', code) as (from: typeof makers) => Connector
  return make(makers)
}

describe('the kinds of a project', () => {
  it('are all that there are, each once', () => {
    const kinds = AUTH_TEMPLATES.map(({ kind }) => kind)
    expect([...kinds].sort()).toEqual(authKinds.map(({ kind }) => kind).sort())
  })

  it.each(AUTH_TEMPLATES.map(({ kind }) => kind))(
    '%s has a valid connector, and the credential that it asks for is taken',
    (kind) => {
      const given = answers(kind)
      const { auth } = connectorOf(given)
      expect(auth.kind).toBe(kind)
      const { credential, practice = {}, file } = given.auth
      if (credential === 'browser' || file !== undefined || given.auth.customAuth !== undefined)
        return
      const fields = Object.fromEntries(
        credential.map((name) => [name, new Secret(practice[name] ?? 'any text')]),
      )
      expect(authKindNamed(kind)?.checkFields(fields, auth)).toBeUndefined()
    },
  )

  it.each(['authorization-code', 'custom', 'none'])('%s: every file is as it must be', (kind) => {
    const files = projectFiles(answers(kind), () => '^1', KEY)
    expect(files.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['package.json', 'keeper.ts', 'upstream.ts', 'compose.yaml', '.env']),
    )
    for (const { path, text } of files) {
      expect(text, path).toMatch(/\n$/)
      expect(text, path).not.toMatch(/undefined|ENV_|\$\{BASE\}/)
    }
    expect(files.filter(({ secret }) => secret === true).map(({ path }) => path)).toEqual(['.env'])
    expect(JSON.parse(fileOf(answers(kind), 'package.json'))).toMatchObject({ type: 'module' })
    const compose = parse(fileOf(answers(kind), 'compose.yaml'), { merge: true }) as {
      readonly services: Readonly<Record<string, { readonly healthcheck?: object }>>
    }
    expect(Object.keys(compose.services)).toEqual(['temporal', 'keeper', 'upstream', 'flows'])
    for (const name of ['temporal', 'keeper', 'flows'])
      expect(compose.services[name]?.healthcheck, name).toHaveProperty('test')
  })
})

it.each([
  ['shop.example', 'shop-example'],
  ['2026', '2026'],
])('a project in the folder %s is named %s for Compose', (name, expected) => {
  const file = fileOf(answers('none', { name }), 'compose.yaml')
  expect(parse(file, { merge: true })).toMatchObject({ name: expected })
})

describe('a project of a real API', () => {
  const given = answers('refresh-token', {
    connector: 'ticket-desk',
    baseUrl: 'https://api.example.com/v1',
    listPath: "/it's",
    items: '',
    verifyPath: undefined,
  })

  it('names it, asks for its secrets and brings no practice API', () => {
    const connector = connectorOf(given)
    expect(connector.baseUrl).toBe('https://api.example.com/v1')
    expect(fileOf(given, 'connector.ts')).toContain('export const ticketDesk = ')
    expect(fileOf(given, '.env')).toContain('\nTICKET_DESK_CLIENT_SECRET=\n')
    expect(() => fileOf(given, 'upstream.ts')).toThrow()
    expect(fileOf(answers('basic'), 'connector.ts')).toContain(PRACTICE_URL)
  })

  it.each([
    ['ticket-desk', 'ticketDesk', 'TICKET_DESK'],
    ['7shifts', 'api7shifts', 'API_7SHIFTS'],
    ['connection', 'apiConnection', 'CONNECTION'],
    ['new', 'apiNew', 'NEW'],
    ['a_b-c', 'aBC', 'A_B_C'],
  ])('%s is %s in code and %s in the environment', (connector, name, prefix) => {
    expect(codeName({ connector })).toBe(name)
    expect(variablePrefix({ connector })).toBe(prefix)
  })
})
