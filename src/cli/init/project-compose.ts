import type { ProjectAnswers } from './project-answers.js'

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
