# The gateway as an image: built from source, then only what runs, as a user without rights.
# CI follows every instruction outside a container too (test/docker), so keep to plain ones.

FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json LICENSE ./
COPY scripts ./scripts
COPY templates ./templates
COPY src ./src
RUN npm run build
RUN npm prune --omit=dev --ignore-scripts
RUN mkdir data

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production \
    MCP_GATEWAY_SERVER_HOST=0.0.0.0 \
    MCP_GATEWAY_SERVER_PORT=8090 \
    MCP_GATEWAY_DATA_DIRECTORY=/data
WORKDIR /app
COPY --from=build /app/package.json /app/LICENSE ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build --chown=1000:1000 /app/data /data
USER 1000:1000
VOLUME /data
EXPOSE 8090
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.MCP_GATEWAY_SERVER_PORT}/health/ready`) \
    .then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/main.js", "serve"]
