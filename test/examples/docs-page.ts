import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** One message of a page's transcript; `…` in it stands for any text. */
export interface WireMessage {
  readonly from: 'request' | 'answer'
  /** Request line or status line. */
  readonly start: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

/** What `docs/auth/<kind>.md` shows, by the words behind its fences. */
export interface DocsPage {
  readonly text: string
  /** ` ```json credential `: the fields that `connect` gets. */
  readonly credential: Readonly<Record<string, string>>
  /** ` ```sh environment `: `NAME=value` lines, what `secret('env:NAME')` resolves to. */
  readonly environment: ReadonlyMap<string, string>
  /** ` ```http request ` and ` ```http answer `, in their order: token requests, then the call. */
  readonly transcript: readonly WireMessage[]
}

export async function readDocsPage(kind: string): Promise<DocsPage> {
  const text = await readRepositoryFile(`docs/auth/${kind}.md`)
  const blocks = [...text.matchAll(/^```(\w+ \w+)\n([\s\S]*?)^```$/gm)].map(
    ([, label = '', content = '']) => ({ label, content }),
  )
  const of = (label: string) => blocks.filter((block) => block.label === label)
  const lines = of('sh environment').flatMap(({ content }) => content.trim().split('\n'))
  return {
    text,
    credential: JSON.parse(of('json credential')[0]?.content ?? '') as Record<string, string>,
    environment: new Map(
      lines.map((line) => [line.split('=')[0] ?? '', line.replace(/^\w+=/, '')]),
    ),
    transcript: blocks
      .filter(({ label }) => label.startsWith('http '))
      .map(({ label, content }) =>
        toMessage(label === 'http request' ? 'request' : 'answer', content),
      ),
  }
}

function toMessage(from: WireMessage['from'], content: string): WireMessage {
  const [head = '', ...rest] = content.replace(/\n$/, '').split('\n\n')
  const [start = '', ...headers] = head.split('\n')
  return {
    from,
    start,
    headers: headers.map((line) => {
      const [name = '', ...value] = line.split(': ')
      return [name.toLowerCase(), value.join(': ')]
    }),
    body: rest.join('\n\n'),
  }
}

export async function readRepositoryFile(path: string): Promise<string> {
  return await readFile(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8')
}
