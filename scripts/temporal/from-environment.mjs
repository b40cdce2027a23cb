// @ts-check
import { accessSync, constants, statSync } from 'node:fs'
import { resolve } from 'node:path'

/**
 * The path that the user named; a path that cannot be run is an error, not a reason to look elsewhere.
 * @type {import('./tools.mjs').Source}
 */
export async function fromEnvironment(tool, { env }) {
  const named = env[tool.variable]
  if (named === undefined || named === '') return { missing: `${tool.variable} is not set` }
  const path = resolve(named)
  if (!isExecutableFile(path)) {
    throw new Error(
      `${tool.variable} is ${path}, which is not an executable file: correct it, or unset it to have the ${tool.title} found`,
    )
  }
  return { path, how: tool.variable }
}

/** @param {string} path */
export function isExecutableFile(path) {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
