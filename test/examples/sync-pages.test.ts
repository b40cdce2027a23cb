import { describe, expect, it } from 'vitest'
import { readRepositoryFile } from './docs-page.js'

const withoutIndent = (text: string): string => text.replaceAll(/^ +/gm, '').trim()

describe.each(['reading', 'writing'])('docs/sync/%s.md', (name) => {
  it('shows parts of its example as they are', async () => {
    const code = withoutIndent(await readRepositoryFile(`examples/sync/${name}.ts`))
    const page = await readRepositoryFile(`docs/sync/${name}.md`)
    const blocks = [...page.matchAll(/^ *```ts\n([\s\S]*?)^ *```$/gm)].map(
      ([, block = '']) => block,
    )
    expect(blocks.length).toBeGreaterThan(5)
    for (const block of blocks) expect(code).toContain(withoutIndent(block))
  })
})
