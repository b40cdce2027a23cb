export {
  startDevServer,
  type DevServer,
  type DevServerOptions,
} from '../../scripts/temporal/dev-server.js'
