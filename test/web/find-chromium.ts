import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** A Chromium of this machine: `CHROMIUM_PATH`, else the first on the search path. */
export function findChromium(): string | undefined {
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
