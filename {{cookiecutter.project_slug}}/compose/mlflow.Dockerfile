# The MLflow server, in the version of uv.lock, with a driver for PostgreSQL.

FROM ghcr.io/astral-sh/uv:0.13 AS uv

FROM python:3.11-slim-bookworm
COPY --from=uv /uv /usr/local/bin/uv
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=0
WORKDIR /app
RUN --mount=type=cache,target=/root/.cache/uv \
    --mount=type=bind,source=uv.lock,target=uv.lock \
    --mount=type=bind,source=pyproject.toml,target=pyproject.toml \
    uv sync --locked --only-group mlflow-server \
    && useradd --uid 1000 --no-create-home --shell /usr/sbin/nologin mlflow \
    && install --directory --owner=1000 /artifacts
ENV PATH=/app/.venv/bin:$PATH HOME=/tmp MLFLOW_DISABLE_TELEMETRY=true \
    MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false
USER 1000
EXPOSE 5000
CMD ["mlflow", "server", "--host=0.0.0.0", "--port=5000"]
