# syntax=docker/dockerfile:1
# One image for every service; the command chooses which: apps/<service>/main.mjs
#
#   docker build --target production --build-arg VERSION=1.2.3 --build-arg REVISION=$(git rev-parse HEAD) -t countersign:1.2.3 .
#   docker build --target development -t countersign:development .    (with the sandbox, for docker-compose.yml)
#
# tools/checks/deployment/image.mjs runs the lines between `build:` and `:build` outside Docker, and starts a
# service from what they leave.
ARG NODE=24-bookworm-slim
ARG BASE=debian:bookworm-slim

FROM node:${NODE} AS sources
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .

FROM sources AS build-development
RUN npm run build && mkdir /out && mv dist/apps /out

# No sandbox, nor anything that only it uses. The bundles hold their dependencies: what those are is said in a bill of
# materials (CycloneDX), where scanners of images find it.
FROM sources AS build-production
# build:
RUN rm -r apps/sandbox
RUN npm run build
RUN mkdir /out && mv dist/apps /out
RUN node tools/bill-of-materials.mjs /out/apps > /out/countersign.cdx.json
# :build

# Node alone, without npm.
FROM ${BASE} AS runtime
COPY --from=sources /usr/local/bin/node /usr/local/bin/
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080
# Nothing is written below /, so that the root file system may be read-only.
USER 1000:1000
EXPOSE 8080
HEALTHCHECK --interval=2s --timeout=2s --start-period=30s --retries=5 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/ready`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Source maps cost each process some 75 MB, so they are read on demand only: NODE_OPTIONS=--enable-source-maps
ENTRYPOINT ["node"]
ARG VERSION=0.0.0-development
ARG REVISION=unknown
# What it says it is, to whoever watches it.
ENV COUNTERSIGN_VERSION=${VERSION}
LABEL org.opencontainers.image.title="Countersign" \
  org.opencontainers.image.description="Durable workflows that wait for people and for slow work, on NATS JetStream" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.base.name="docker.io/library/debian:bookworm-slim" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}"

FROM runtime AS development
COPY --from=build-development /out ./

FROM runtime AS production
COPY --from=build-production /out ./
