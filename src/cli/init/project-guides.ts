import { type ProjectAnswers, variablePrefix } from './project-answers.js'

/** `README.md` of the project: what to type, and what it shows. */
export function readmeFile(answers: ProjectAnswers): string {
  const { name, connector, baseUrl } = answers
  const practises = baseUrl === undefined
  return `# ${name}

Copies the records of an API page by page. tokenkeeper gets and keeps the
credentials; [Temporal](https://temporal.io) runs the flows. You need Node 20.19 or newer and the
[Temporal CLI](https://docs.temporal.io/cli#install).

${practises ? '' : GUESSED}## The first record

\`\`\`sh elsewhere
npm install
\`\`\`

The next command stays open. It starts a local Temporal server (Web UI: http://localhost:8233), the keeper worker, the
flow worker${practises ? ', an API to practise with (\`upstream.ts\`)' : ''} and the console, whose address and token it prints. Ctrl-C ends all of it.

\`\`\`sh terminal
npm run dev
\`\`\`

\`\`\`text
Ready. …
\`\`\`

In a second terminal, connect an account. ${connectText(answers)}

\`\`\`sh
npm run connect
\`\`\`

\`\`\`text
connection    ${connector}/default
status        active
\`\`\`

Then copy its records:

\`\`\`sh
npm run sync
\`\`\`

\`\`\`text
Started sync:${connector}:default:records.list:to-function:toFile
Done: ${practises ? '3 pages, 25 records read, 25 written' : '… pages, … records read, … written'} to synced.ndjson.
\`\`\`

## What is what

| file             | what                                                                        |
| ---------------- | --------------------------------------------------------------------------- |
| \`connector.ts\`   | how to authenticate, and which endpoints there are                          |
| \`sinks.ts\`       | where records go: a function of yours                                       |
| \`keeper.ts\`      | what the keeper worker is made of; the one process with key and secrets     |
| \`workflows.ts\`   | your flows, and the ready-made \`syncFlow\`                                   |
| \`flow-worker.ts\` | runs them: an ordinary Temporal worker without any secret                   |
| \`start-sync.ts\`  | a client                                                                    |
| \`.env\`           | the public key, and what the keeper worker knows; never checked in          |
| \`keeper.key\`     | the private key: keep it on keeper workers, and a copy where backups are    |
| \`compose.yaml\`   | the same in containers: \`docker compose up\`                                 |
${practises ? '| `upstream.ts`    | the API to practise with: delete it when `connector.ts` names yours         |\n' : ''}
${variablesText(answers)}Something wrong? \`npm run doctor\` looks at everything and says what to do. \`npm run status\` tells how the connection is.
`
}

const GUESSED = `Look at \`connector.ts\` first: what could not be known is guessed there, such as the URLs of the provider and how
pages follow each other.

`

function connectText({ auth, baseUrl }: ProjectAnswers): string {
  const practises = baseUrl === undefined
  if (auth.credential === 'browser')
    return `The command opens the browser and waits for the consent${practises ? ' (the practice API consents at once)' : ''}.`
  if (auth.file !== undefined)
    return `The command reads \`credential.json\`, a JSON object with ${fieldList(auth.credential)}.${practises ? ` One to practise with:\n\n\`\`\`sh\n${auth.file.command}\n\`\`\`` : ''}`
  if (auth.credential.length === 0)
    return 'Nothing is asked for: the definition has all that it needs.'
  const practice = Object.entries(auth.practice ?? {}).map(
    ([field, value]) => `\`${value}\` for ${field}`,
  )
  const any = practice.length === 0 ? 'any text' : `${practice.join(', ')}, else any text`
  return `The command asks for ${fieldList(auth.credential)} without showing ${auth.credential.length === 1 ? 'it' : 'them'}${practises ? ` (the practice API takes ${any})` : ''}.`
}

function fieldList(fields: readonly string[]): string {
  return fields.map((field) => `\`${field}\``).join(' and ')
}

function variablesText(answers: ProjectAnswers): string {
  const names = answers.auth.variables.map((name) => `\`${variablePrefix(answers)}_${name}\``)
  if (names.length === 0) return ''
  return `The keeper worker reads ${names.join(' and ')} from \`.env\`${answers.baseUrl === undefined ? ', where values to practise with stand' : ': fill them in before `npm run dev`'}.\n\n`
}

/** As Compose takes it: no dots; in quotes, for YAML reads digits alone as a number. */
function projectName(name: string): string {
  return name.replaceAll('.', '-')
}

/**
 * `compose.yaml`: the project in containers, with a Temporal server for trying out. For production there is
 * docker-compose.yml of the package, with PostgreSQL.
 */
export function composeFile({ baseUrl, name }: ProjectAnswers): string {
  const upstream =
    baseUrl === undefined
      ? `
  # The practice API listens on the keeper worker's own loopback address, which connector.ts names.
  upstream:
    <<: *project
    network_mode: service:keeper
    command: [npx, tsx, upstream.ts]
    depends_on: { keeper: { condition: service_started } }
`
      : ''
  return `# npm install, then: docker compose up
# Connect with \`npm run connect\`, and \`npm run sync\`, as without containers. For production: docker-compose.yml in
# node_modules/tokenkeeper, with PostgreSQL and metrics.
name: '${projectName(name)}'

x-project: &project
  image: node:22-bookworm-slim
  init: true
  # who owns the project's files, keeper.key among them
  user: '\${PROJECT_USER:-1000:1000}'
  working_dir: /project
  volumes: ['.:/project']
  restart: unless-stopped

services:
  temporal:
    image: temporalio/temporal:1.9.1
    # keeps everything in memory: connections end with it
    command: [server, start-dev, --ip, 0.0.0.0]
    ports: ['127.0.0.1:7233:7233', '127.0.0.1:8233:8233']
    healthcheck:
      test: [CMD, temporal, operator, cluster, health]
      interval: 5s
      timeout: 5s
      retries: 30
    restart: unless-stopped

  keeper:
    <<: *project
    command: [npx, tokenkeeper, worker]
    env_file: [.env]
    environment:
      TEMPORAL_ADDRESS: temporal:7233
      TOKENKEEPER_HEALTH: '8081'
    depends_on: { temporal: { condition: service_healthy } }
    healthcheck:
      # tells a worker that is dead from a server that is reachable
      test: [CMD, npx, tokenkeeper, doctor, --worker]
      interval: 15s
      timeout: 10s
      retries: 4
      start_period: 60s
    # longer than a token request: a refresh under way is not cut off
    stop_grace_period: 60s
${upstream}
  flows:
    <<: *project
    command: [npx, tsx, flow-worker.ts]
    environment:
      TEMPORAL_ADDRESS: temporal:7233
      TOKENKEEPER_HEALTH: '8082'
    depends_on: { temporal: { condition: service_healthy } }
    healthcheck:
      test: [CMD, npx, tokenkeeper, doctor, --worker]
      interval: 15s
      timeout: 10s
      retries: 4
      start_period: 60s
`
}
