import { execFileSync } from 'node:child_process'
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** What Playwright launches; `remove` deletes what was unpacked for it. */
export interface Chromium {
  readonly executablePath: string
  readonly env: NodeJS.ProcessEnv
  readonly remove: () => void
}

/**
 * A Chromium of this machine (`CHROMIUM_PATH`, else the first on the search path), else the one that
 * npm brought. Undefined where npm has none for this platform: it is made for Linux on x64 only.
 */
export function findChromium(): Chromium | undefined {
  const executablePath = systemChromium()
  if (executablePath !== undefined)
    return { executablePath, env: process.env, remove: () => undefined }
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined
  return unpackChromium()
}

function systemChromium(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const places = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)))
  return [process.env['CHROMIUM_PATH'] ?? '', ...places].find((file) => {
    try {
      if (file === '') return false
      accessSync(file, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/**
 * Unpacks the Chromium of `@sparticuz/chromium` into a folder of its own: the package unpacks into the
 * temporary folder and takes what it finds there for whole. The variable makes it unpack the shared
 * libraries as well, which are used where this machine lacks them.
 */
function unpackChromium(): Chromium {
  const folder = mkdtempSync(join(tmpdir(), 'tokenkeeper-chromium-'))
  const program =
    "import chromium from '@sparticuz/chromium'; process.stdout.write(await chromium.executablePath())"
  const executablePath = execFileSync(
    process.execPath,
    ['--input-type=module', '--eval', program],
    {
      cwd: dirname(createRequire(import.meta.url).resolve('../../package.json')),
      env: { ...process.env, TMPDIR: folder, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x' },
      encoding: 'utf8',
    },
  )
  // The package's own configuration names a fixed folder. Without any font, text has no size.
  const fonts = join(folder, 'fonts.conf')
  writeFileSync(
    fonts,
    `<fontconfig><dir>/usr/share/fonts</dir><dir>${folder}/fonts</dir><cachedir>${folder}/fontcache</cachedir></fontconfig>`,
  )
  const env = { ...process.env, FONTCONFIG_FILE: fonts }
  return {
    executablePath,
    env: lacksLibraries(executablePath)
      ? { ...env, LD_LIBRARY_PATH: join(folder, 'al2023', 'lib') }
      : env,
    remove: () => {
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function lacksLibraries(program: string): boolean {
  return execFileSync('ldd', [program], { encoding: 'utf8' }).includes('not found')
}
