# The service alone; docker-compose.yml adds the database. No package registry is named: pip and npm take the ones that
# the build is given (PIP_INDEX_URL, NPM_CONFIG_REGISTRY), and the lock files check every byte.

FROM node:22-bookworm-slim AS pages
ARG NPM_CONFIG_REGISTRY
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM python:3.12-slim-bookworm AS packages
ARG PIP_INDEX_URL
WORKDIR /app
COPY locks/run.txt locks/run.txt
RUN python -m venv .venv \
    && .venv/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --require-hashes --only-binary :all: -r locks/run.txt

FROM python:3.12-slim-bookworm
# Wall maps are printed by Chromium; everything else works without these two.
RUN apt-get update \
    && apt-get install -y --no-install-recommends chromium fonts-noto-cjk \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin erqi \
    && install -d -o 10001 -g root -m 0700 /var/lib/erqi
WORKDIR /app
COPY --from=pages /app/node_modules node_modules
COPY --from=packages /app/.venv .venv
COPY data data
COPY geo geo
COPY maps maps
COPY api api
# Bytecode is made now: the running container's files are read-only.
RUN .venv/bin/python -m compileall -q geo maps api
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 ERQI_HOST=0.0.0.0 ERQI_HOME=/var/lib/erqi
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD \
    ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ.get('ERQI_PORT', '8000') + '/readyz', timeout=4)"]
ENTRYPOINT ["python", "-m", "api.cli"]
CMD ["serve"]
