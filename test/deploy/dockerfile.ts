import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const DOCKERFILE = fileURLToPath(new URL('../../Dockerfile', import.meta.url))

/** One instruction, its arguments as they stand there. */
export interface Instruction {
  readonly name: string
  readonly text: string
}

/** From one `FROM` to the next. */
export interface Stage {
  readonly name: string
  readonly image: string
  readonly instructions: readonly Instruction[]
}

/** Reads the part of the Dockerfile's language that the file of the repository uses. @throws Error for what it does not know */
export function readDockerfile(text = readFileSync(DOCKERFILE, 'utf8')): readonly Stage[] {
  const values = new Map<string, string>()
  const stages: { name: string; image: string; instructions: Instruction[] }[] = []
  for (const { name, text: rest } of instructionsOf(text)) {
    if (name === 'ARG' && stages.length === 0) {
      const [variable = '', value = ''] = rest.split('=')
      values.set(variable, value)
    } else if (name === 'FROM') {
      const [image = '', , stage = ''] = rest.split(/\s+/)
      const filled = image.replace(/\$\{(\w+)\}/g, (_, variable: string) => {
        const value = values.get(variable)
        if (value === undefined) throw new Error(`FROM ${image}: there is no ARG ${variable}`)
        return value
      })
      stages.push({ name: stage, image: filled, instructions: [] })
    } else if (['COPY', 'RUN', 'WORKDIR', 'ENV', 'USER', 'CMD'].includes(name)) {
      stages.at(-1)?.instructions.push({ name, text: rest })
    } else throw new Error(`The Dockerfile has ${name}, which this reader does not know`)
  }
  return stages
}

/** The one value of an instruction that a stage has once. */
export function valueOf(stage: Stage | undefined, name: string): string | undefined {
  return stage?.instructions.find((instruction) => instruction.name === name)?.text
}

function instructionsOf(text: string): Instruction[] {
  const joined = text
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replace(/\\\n\s*/g, ' ')
  return joined
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, name = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line.trim()) ?? []
      return { name: name.toUpperCase(), text: rest }
    })
}
