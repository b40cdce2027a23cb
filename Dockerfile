# syntax=docker/dockerfile:1.20
# The image of a project that uses tokenkeeper: its keeper worker, flow worker and console are one image with different
# commands (docker-compose.yml, deploy/kubernetes). Put this file beside the project's package.json.
#
# The project has a script `build` that compiles to `out`, and a package-lock.json.
# No secret is needed to build it and none is in it: secrets are mounted when it runs.
#
# Not Alpine: the native part of @temporalio/worker needs glibc.
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

# 1. Compiles, with the development dependencies.
FROM ${NODE_IMAGE} AS build
WORKDIR /project
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build

# 2. The dependencies that the running project needs.
FROM ${NODE_IMAGE} AS dependencies
WORKDIR /project
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund

# 3. What runs: no compiler, no sources, no development dependencies.
FROM ${NODE_IMAGE} AS project
# Certificate authorities: the slim image has none, and TLS to Temporal reads the system's.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production
WORKDIR /project
COPY --from=dependencies /project/node_modules ./node_modules
COPY --from=build /project/package.json ./package.json
COPY --from=build /project/out ./out
# The user `node` of the image. Everything above belongs to root: the project cannot change itself.
USER 1000:1000
CMD ["node_modules/.bin/tokenkeeper", "worker"]
