# Two images from one build: `api` (HTTP, predictions, no TensorFlow) and `worker` (training). The stages call the scripts that set up a clone.

# The same release everywhere: the binding compiled in one stage has to load in another.
ARG NODE_IMAGE=node:22-bookworm-slim

FROM ${NODE_IMAGE} AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY scripts scripts
RUN node scripts/setup.mjs --engines simd --without-redis --without-build

FROM packages AS build
COPY tsconfig.json ./
COPY src src
COPY workers workers
RUN node scripts/setup.mjs --engines simd --without-redis \
    && npm prune --omit=dev --loglevel=warn \
    && rm -rf node_modules/@tensorflow \
    # In a clone it is a link to the current build.
    && cp --archive "$(readlink --canonicalize dist)" /built

FROM packages AS tensorflow
ENV XDG_CACHE_HOME=/opt/cache
RUN apt-get update \
    && apt-get install --yes --no-install-recommends g++ python3 python3-pip \
    && rm -rf /var/lib/apt/lists/*
COPY src/engine/tensorflow/kernels src/engine/tensorflow/kernels
RUN node scripts/setup.mjs --engines simd,tensorflow --without-redis --without-build \
    && npm prune --omit=dev --loglevel=warn \
    && rm -rf /opt/cache/lookback/locks /opt/cache/lookback/tensorflow/*/tensorflow/include

FROM ${NODE_IMAGE} AS runtime
RUN apt-get update \
    && apt-get install --yes --no-install-recommends tini \
    && rm -rf /var/lib/apt/lists/* \
    && install --directory --owner=node --group=node /data
ENV NODE_ENV=production LOOKBACK_DATA=/data
WORKDIR /app
COPY package.json ./
COPY --from=build /built dist
USER node
ENTRYPOINT ["tini", "--"]

FROM runtime AS api
COPY --from=build /app/node_modules node_modules
ENV HOST=0.0.0.0 PORT=3000 LOOKBACK_WORKERS=0
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/live`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--enable-source-maps", "dist/src/main/server.js"]

FROM runtime AS worker
COPY --from=tensorflow /opt/cache /opt/cache
COPY --from=tensorflow /app/node_modules node_modules
# A worker listens to nothing; its liveness is its process, and its jobs are taken over when it dies.
HEALTHCHECK NONE
CMD ["node", "--enable-source-maps", "dist/workers/main.js"]
