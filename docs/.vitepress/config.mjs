// @ts-check
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitepress'

const root = fileURLToPath(new URL('../../', import.meta.url))
/** @type {{ description: string, homepage: string }} */
const { description, homepage } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const repository = homepage.replace('#readme', '')

/** @param {string} text @param {string} link */
const page = (text, link) => ({ text, link })

/**
 * The site is made of the pages that the repository has; its first page is README. Whatever a page leads to that is no
 * page (code, folders without one) is shown by the repository. VitePress checks all other links.
 */
export default defineConfig({
  title: 'tokenkeeper',
  description,
  srcDir: '..',
  srcExclude: ['**/node_modules/**', 'dist/**', 'coverage/**', 'test/**', 'bench/**', 'demo/**'],
  rewrites: { 'README.md': 'index.md', ':folder(.*)/README.md': ':folder/index.md' },
  cleanUrls: true,
  ignoreDeadLinks: 'localhostLinks',
  outDir: fileURLToPath(new URL('dist', import.meta.url)),
  cacheDir: fileURLToPath(new URL('cache', import.meta.url)),
  vite: { publicDir: false },
  markdown: {
    config: (md) => {
      // Braces in a text are no expression of Vue's.
      /** @param {string} text */
      const plain = (text) => md.utils.escapeHtml(text).replaceAll('{', '&#123;')
      md.renderer.rules.text = (tokens, index) => plain(tokens[index]?.content ?? '')
      md.renderer.rules.code_inline = (tokens, index) =>
        `<code>${plain(tokens[index]?.content ?? '')}</code>`
      md.core.ruler.push('links to the repository', ({ tokens, env }) => {
        for (const token of tokens.flatMap(({ children }) => children ?? []))
          if (token.type === 'link_open')
            token.attrSet('href', toSite(String(token.attrGet('href')), String(env.path)))
      })
    },
  },
  themeConfig: {
    search: { provider: 'local' },
    nav: [
      page('Tutorial', '/docs/tutorial'),
      page('How to', '/docs/how-to/operate-connections'),
      page('By symptom', '/docs/symptoms'),
      page('Reference', '/docs/reference/api/'),
    ],
    socialLinks: [{ icon: 'github', link: repository }],
    sidebar: [
      {
        text: 'Learn',
        items: [page('First program', '/'), page('Tutorial', '/docs/tutorial')],
      },
      {
        text: 'Do',
        items: [
          page('By symptom', '/docs/symptoms'),
          page('Which process does what', '/docs/how-to/topologies'),
          page('Connect a customer', '/docs/how-to/connect-a-customer'),
          page('Connect links', '/docs/how-to/connect-links'),
          page('Operate connections', '/docs/how-to/operate-connections'),
          page('Console', '/docs/how-to/console'),
          page("Temporal's Web UI", '/docs/how-to/web-ui'),
          page('Tags, owners, lists', '/docs/how-to/owners-and-tags'),
          page('What to watch', '/docs/how-to/watch'),
          page('Change the sealing key', '/docs/how-to/change-keys'),
          page('Upgrade', '/docs/how-to/upgrade'),
          page('Odd providers', '/docs/how-to/odd-providers'),
          page('Networks and proxies', '/docs/network'),
          page('Test flows and connectors', '/docs/how-to/test-flows'),
          page('Payload codecs', '/docs/how-to/payload-codecs'),
        ],
      },
      {
        text: 'Deploy',
        items: [
          page('Overview', '/docs/deploy/'),
          page('One machine', '/docs/deploy/one-machine'),
          page('Kubernetes', '/docs/deploy/kubernetes'),
          page('Temporal Cloud', '/docs/deploy/temporal-cloud'),
          page('Worker versioning', '/docs/deploy/worker-versioning'),
          page('Upgrade', '/docs/deploy/upgrade'),
          page('Back up and restore', '/docs/deploy/backup'),
          page('Keys', '/docs/deploy/keys'),
          page('Several tenants', '/docs/deploy/multi-tenancy'),
        ],
      },
      {
        text: 'Syncs',
        items: [
          page('Overview', '/docs/sync/'),
          page('Reading', '/docs/sync/reading'),
          page('Writing', '/docs/sync/writing'),
          page('Limits', '/docs/sync/limits'),
          page('Running', '/docs/sync/running'),
          page('Replay', '/docs/sync/replay'),
        ],
      },
      {
        text: 'Look up',
        items: [
          page('Kinds of authentication', '/docs/auth/'),
          page('Presets', '/docs/presets'),
          page('What can go wrong', '/docs/errors'),
          page('Options', '/docs/reference/options'),
          page('Command line', '/docs/reference/cli'),
          page('API', '/docs/reference/api/'),
          page('Glossary', '/docs/glossary'),
        ],
      },
      {
        text: 'Understand',
        items: [
          page('Architecture', '/docs/architecture'),
          page('Guarantees', '/docs/guarantees'),
          page('Security', '/SECURITY'),
          page('Decisions', '/docs/decisions/'),
          page('Changes', '/CHANGELOG'),
        ],
      },
    ],
  },
})

/**
 * @param {string} href
 * @param {string} from the page's file
 */
function toSite(href, from) {
  if (/^(?:[a-z]+:|#|\/)/.test(href)) return href
  const [file = '', anchor] = href.split('#')
  const path = join(dirname(from), file)
  if (!existsSync(path) || file.endsWith('.md')) return href
  const isPage = statSync(path).isDirectory() && existsSync(join(path, 'README.md'))
  if (isPage)
    return `${file.replace(/\/$/, '')}/README.md${anchor === undefined ? '' : `#${anchor}`}`
  return `${repository}/blob/main/${relative(root, path)}`
}
