# One image for every service; the command chooses which: apps/<service>/main.mjs
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build \
  && mkdir -p /out/development /out/production \
  && cp -r dist/apps /out/development \
  && cp -r dist/apps /out/production \
  && rm -r /out/production/apps/sandbox

FROM node:24-slim AS runtime
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080
USER node
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=6 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/live`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "--enable-source-maps"]

# With the sandbox, for docker-compose.yml.
FROM runtime AS development
COPY --from=build /out/development ./

FROM runtime AS production
COPY --from=build /out/production ./
