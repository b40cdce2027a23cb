// @ts-check
import { readFileSync } from 'node:fs'

/**
 * One program of Temporal, as `binaries.json` describes it.
 * @typedef {object} Tool
 * @property {string} title
 * @property {string} binary file name, without `.exe`
 * @property {string} variable environment variable that names its path
 * @property {string} [oldestOnPath] `major.minor`; absent when the PATH is no source for it
 * @property {string} officialDownload method of the SDK's `TestWorkflowEnvironment` that downloads it
 * @property {{name: string, version: string, platforms: Record<string, {tag: string, sha256: string}>}} wheel
 *
 * What the sources look at and how they speak.
 * @typedef {object} Surroundings
 * @property {NodeJS.ProcessEnv} env
 * @property {string} platform `<process.platform>-<process.arch>`
 * @property {(line: string) => void} log
 * @property {string[]} officialCommand program and first arguments of the SDK's download; gets method and folder
 * @property {number} beginWithinMs time in which the official download has to bring its first byte
 * @property {number} stalledAfterMs time without a new byte after which it is given up
 *
 * @typedef {{path: string, how: string} | {missing: string}} Finding
 * @typedef {(tool: Tool, surroundings: Surroundings) => Promise<Finding>} Source
 */

/** @type {{cli: Tool, testServer: Tool}} */
export const TOOLS = JSON.parse(readFileSync(new URL('./binaries.json', import.meta.url), 'utf8'))
