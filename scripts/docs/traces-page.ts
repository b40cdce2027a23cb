import {
  SPAN_ATTRIBUTES,
  type SpanAttribute,
  type SpanName,
  SPANS,
} from '../../src/contract/spans.js'

const INTRO = `# Traces

What keeper workers and flow workers trace with [OpenTelemetry](https://opentelemetry.io). Written by \`npm run docs:pages\`; a test
holds it against the code. How to turn it on: [what to watch](../how-to/watch.md#traces).

Every span has the connection, and those that use a token have its generation. No span has a secret, a header, a body, a URL, a
message or a stack: a failure is its code.
`

/** The page `docs/reference/traces.md`, from the table that the code makes spans by. */
export function tracesPage(): string {
  return [INTRO, ...(Object.keys(SPANS) as SpanName[]).map(sectionOf)].join('\n')
}

function sectionOf(name: SpanName): string {
  const { kind, description, attributes } = SPANS[name]
  const lines = attributes.map((key: SpanAttribute) => `- \`${key}\`: ${SPAN_ATTRIBUTES[key]}`)
  return `## ${name}

${description} Its kind is ${kind}.

${lines.join('\n')}
`
}
