# What the monitor needs to look and to train; the project itself is mounted at /project.

FROM ghcr.io/astral-sh/uv:0.13 AS uv

FROM python:3.11-slim-bookworm
COPY --from=uv /uv /usr/local/bin/uv
RUN apt-get update && apt-get install --yes --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/*
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=0
WORKDIR /app
RUN --mount=type=cache,target=/root/.cache/uv \
    --mount=type=bind,source=uv.lock,target=uv.lock \
    --mount=type=bind,source=pyproject.toml,target=pyproject.toml \
    uv sync --locked --no-install-project
ENV PATH=/app/.venv/bin:$PATH PYTHONPATH=/project/src PYTHONDONTWRITEBYTECODE=1
# It runs as whoever owns the project, whom the image does not know, and writes to /tmp alone.
ENV HOME=/tmp USER=monitor DVC_SITE_CACHE_DIR=/tmp/dvc
WORKDIR /project
EXPOSE 9108
CMD ["python", "-m", "{{ cookiecutter.package_name }}", "monitor", "--serve"]
