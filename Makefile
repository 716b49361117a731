UV := $(shell command -v uv 2>/dev/null || echo .tools/bin/uv)
RUN := $(UV) run --quiet

.DEFAULT_GOAL := help
.PHONY: help demo test test-slow test-all lint docs bench bench-serving soak clean

help:  ## Show the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(UV)  ## Render the default project, train and serve its model, ask for a prediction
	@$(RUN) python scripts/demo.py

test: $(UV)  ## Test the template: each choice at least once
	$(RUN) pytest

test-slow: $(UV)  ## Test what takes a minute or more each
	$(RUN) pytest -m slow

test-all: test test-slow  ## Test all of it

lint: $(UV)  ## Check format, style and types of the template's own code
	$(RUN) ruff format --check .
	$(RUN) ruff check .
	$(RUN) mypy

docs: $(UV)  ## Build the documentation into site/
	NO_MKDOCS_2_WARNING=1 $(RUN) mkdocs build --strict --quiet

bench: $(UV)  ## Measure what docs say about speed
	$(RUN) python benchmarks/render.py

bench-serving: $(UV)  ## Measure the service beside what people would pick instead (an hour)
	$(RUN) --group bench python -m benchmarks.serving.run --keep
	$(RUN) --group bench python -m benchmarks.serving.run --keep --estimator forest \
		--frameworks fastapi --formats onnx --peers MLflow --connections 16

soak: $(UV)  ## End each service and exchange its model under load, many times (ten minutes)
	$(RUN) --group bench python -m benchmarks.serving.soak

clean:  ## Remove what was built
	rm -rf build site .coverage .mypy_cache .pytest_cache .ruff_cache

.tools/bin/uv:
	python3 -m venv .tools
	.tools/bin/pip install --quiet uv
