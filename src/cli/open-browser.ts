import { spawn } from 'node:child_process'

/**
 * Opens a URL in the person's browser, without a shell; false where there is none to open. `BROWSER`
 * names a program (`none`: none); else the system's own way is taken.
 */
export async function openBrowser(
  url: string,
  environment: NodeJS.ProcessEnv,
  platform: NodeJS.Platform,
): Promise<boolean> {
  const opener = browserCommand(environment, platform)
  if (opener === undefined) return false
  const [program, ...args] = opener
  return await new Promise((resolve) => {
    // Detached: Ctrl-C at this command must not end the person's browser.
    const child = spawn(program, [...args, url], { detached: true, stdio: 'ignore' })
    child.once('error', () => resolve(false))
    child.once('spawn', () => {
      child.unref()
      resolve(true)
    })
  })
}

function browserCommand(
  environment: NodeJS.ProcessEnv,
  platform: NodeJS.Platform,
): readonly [string, ...string[]] | undefined {
  const { BROWSER, DISPLAY, WAYLAND_DISPLAY } = environment
  if (BROWSER === 'none') return undefined
  if (BROWSER !== undefined && BROWSER !== '') return [BROWSER]
  if (platform === 'darwin') return ['open']
  // `start` is a word of cmd.exe, which would read the URL as a command line.
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler']
  if ((DISPLAY ?? WAYLAND_DISPLAY ?? '') === '') return undefined
  return ['xdg-open']
}
