// @ts-check
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = new URL('../../', import.meta.url)
/** @type {{ exports: Record<string, string | { types: string }> }} */
const { exports } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'))
const sources = Object.values(exports).flatMap((target) =>
  typeof target === 'string'
    ? []
    : [fileURLToPath(new URL(target.types.replace('dist/', '').replace('.d.ts', '.ts'), root))],
)

/**
 * The reference of everything that the package exports, from its doc comments. It is made with each site and kept
 * nowhere, so that it is never stale.
 * @type {Partial<import('typedoc').TypeDocOptions> & Record<string, unknown>}
 */
export default {
  entryPoints: sources,
  tsconfig: fileURLToPath(new URL('tsconfig.build.json', root)),
  plugin: ['typedoc-plugin-markdown'],
  router: 'module',
  out: fileURLToPath(new URL('docs/reference/api', root)),
  readme: 'none',
  name: 'API',
  disableSources: true,
  excludeInternal: true,
  excludePrivate: true,
  excludeExternals: true,
  hideBreadcrumbs: true,
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  propertiesFormat: 'table',
  typeDeclarationFormat: 'table',
  enumMembersFormat: 'table',
  tableColumnSettings: { hideSources: true, hideInherited: true, hideOverrides: true },
  // What is not exported is named in a type all the same.
  validation: { notExported: false, invalidLink: false, notDocumented: false },
  treatWarningsAsErrors: false,
  githubPages: false,
}
