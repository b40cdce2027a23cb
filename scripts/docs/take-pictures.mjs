// @ts-check
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The pictures of the documents, by the names that the tests give the pages they look at. */
const PICTURES = {
  'connections-light': 'console-connections',
  'needs-reauth-light': 'console-connection',
  'sync-light': 'console-syncs',
  'fleet-light': 'console-fleet',
  'connect-form-light': 'connect-form',
  'connect-consent-dark': 'connect-consent',
  'web-ui-list': 'web-ui-list',
  'web-ui-connection': 'web-ui-connection',
  'web-ui-parked': 'web-ui-parked',
}

const folder = mkdtempSync(join(tmpdir(), 'tokenkeeper-pictures-'))
try {
  execFileSync(
    join(root, 'node_modules', '.bin', 'vitest'),
    ['run', 'test/console', 'test/cli/web-ui'],
    {
      cwd: root,
      env: { ...process.env, TOKENKEEPER_SCREENSHOTS: folder },
      stdio: 'inherit',
    },
  )
  for (const [page, picture] of Object.entries(PICTURES))
    copyFileSync(join(folder, `${page}.png`), join(root, 'docs', 'pictures', `${picture}.png`))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
