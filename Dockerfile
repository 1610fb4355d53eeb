# Two images from one build: `api` (HTTP, predictions, no TensorFlow) and `worker` (training). The stages call the scripts that set up a clone.
# What comes from `src` comes last: after a change there only the compiler runs again.

# The same release everywhere: the binding compiled in one stage has to load in another.
ARG NODE_IMAGE=node:22-bookworm-slim

FROM ${NODE_IMAGE} AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY scripts/setup.mjs scripts/setup.mjs
COPY scripts/setup scripts/setup
COPY src/platform/process/hang-up.mjs src/platform/process/hang-up.mjs
RUN node scripts/setup.mjs --engines simd --without-redis --without-build
COPY scripts/slim-packages.mjs scripts/slim-packages.mjs

FROM packages AS build
COPY scripts/build-simd.mjs scripts/build-simd.mjs
COPY src/engine/simd/assembly src/engine/simd/assembly
RUN node scripts/build-simd.mjs
COPY tsconfig.json ./
COPY scripts scripts
COPY src src
COPY workers workers
# Whatever the files' times say, the engine is that of the sources: its layer is made anew when they change.
RUN touch src/engine/simd/*.wasm \
    && node scripts/setup.mjs --engines simd --without-redis \
    # In a clone it is a link to the current build.
    && cp --archive "$(readlink --canonicalize dist)" /built

FROM packages AS api-packages
RUN npm pkg delete dependencies.@tensorflow/tfjs-node \
    && npm prune --omit=dev --loglevel=warn \
    && node scripts/slim-packages.mjs

FROM packages AS worker-packages
ENV XDG_CACHE_HOME=/opt/cache
RUN apt-get update \
    && apt-get install --yes --no-install-recommends g++ python3 python3-pip \
    && rm -rf /var/lib/apt/lists/*
COPY src/engine/tensorflow/kernels src/engine/tensorflow/kernels
RUN node scripts/setup.mjs --engines simd,tensorflow --without-redis --without-build \
    && npm prune --omit=dev --loglevel=warn \
    && node scripts/slim-packages.mjs \
    && strip --strip-unneeded /opt/cache/lookback/tensorflow/*/tensorflow/*.so.2 \
    && rm -rf /opt/cache/lookback/locks /opt/cache/lookback/tensorflow/*/tensorflow/include

FROM ${NODE_IMAGE} AS init
RUN apt-get update \
    && apt-get install --yes --no-install-recommends tini \
    && rm -rf /var/lib/apt/lists/*

FROM ${NODE_IMAGE} AS runtime
COPY --from=init /usr/bin/tini /usr/bin/tini
# A volume that is new takes the owner and the mode of the folder that it is mounted on.
RUN install --directory --owner=node --group=node --mode=0700 /data \
    && install --directory --owner=node --group=node --mode=0750 /run/lookback
ENV NODE_ENV=production LOOKBACK_DATA=/data
WORKDIR /app
COPY package.json ./
USER node
ENTRYPOINT ["tini", "--"]

FROM runtime AS api
COPY --from=api-packages /app/node_modules node_modules
COPY --from=build /built dist
ENV HOST=0.0.0.0 PORT=3000 LOOKBACK_WORKERS=0
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/live`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--enable-source-maps", "dist/src/main/server.js"]

FROM runtime AS worker
COPY --from=worker-packages /opt/cache /opt/cache
COPY --from=worker-packages /app/node_modules node_modules
COPY --from=build /built dist
# A worker listens to nothing; its liveness is its process, and its jobs are taken over when it dies.
HEALTHCHECK NONE
CMD ["node", "--enable-source-maps", "dist/workers/main.js"]
