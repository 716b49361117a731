UV := $(shell command -v uv 2>/dev/null || echo .tools/bin/uv)
RUN := $(UV) run --quiet
# On all processors, up to four: each has an environment of its own, and a server or two to run.
PYTEST := $(RUN) pytest --numprocesses=logical --maxprocesses=4 --dist=loadgroup --durations=10
export TAG

.DEFAULT_GOAL := help
.PHONY: help demo test test-slow test-all test-matrix test-render test-infrastructure test-pipelines \
	lint docs bench bench-gate bench-monitoring bench-serving soak release-notes release clean

help:  ## Show the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 22

demo: $(UV)  ## Render the default project, train and serve its model, ask for a prediction
	@$(RUN) python scripts/demo.py

test: $(UV)  ## Test the template: each choice at least once
	$(PYTEST)

test-slow: $(UV)  ## Test what takes a minute or more each
	$(PYTEST) -m slow

test-all: test test-slow  ## Test all of it but the matrix

test-matrix: $(UV)  ## Test every three choices, and a first push for every pair (hours)
	.ci/infrastructure .ci/ci-runners .ci/docker $(PYTEST) -m matrix

test-render: $(UV)  ## Test what is rendered, without running it
	$(PYTEST) tests/test_answers.py tests/test_command_line.py tests/test_overlay.py tests/test_render.py

test-infrastructure: $(UV)  ## Test infra/ with scanners that are installed for it; needs terraform
	.ci/infrastructure $(PYTEST) tests/test_infrastructure.py

test-pipelines: $(UV)  ## Test the pipelines of all CI providers with what is installed to run them
	.ci/ci-runners $(PYTEST) -m "not matrix" tests/github tests/gitlab tests/jenkins

lint: $(UV)  ## Check format, style and types of the template's own code
	$(RUN) ruff format --check .
	$(RUN) ruff check .
	$(RUN) mypy

docs: $(UV)  ## Build the documentation into site/
	NO_MKDOCS_2_WARNING=1 $(RUN) mkdocs build --strict --quiet

bench: $(UV)  ## Measure what docs say about speed
	$(RUN) python benchmarks/render.py

bench-gate: $(UV)  ## Measure how often the gate is wrong, and what it costs (ten minutes)
	$(RUN) python -m benchmarks.gate

bench-monitoring: $(UV)  ## Measure how often the monitor is wrong, and what it costs (half an hour)
	$(RUN) python -m benchmarks.monitoring

bench-serving: $(UV)  ## Measure the service beside what people would pick instead (an hour)
	$(RUN) --group bench python -m benchmarks.serving.run --keep
	$(RUN) --group bench python -m benchmarks.serving.run --keep --estimator forest \
		--frameworks fastapi --formats onnx --peers MLflow --connections 16
	$(RUN) --group bench python -m benchmarks.serving.observing --keep

soak: $(UV)  ## End each service and exchange its model under load, many times (ten minutes)
	$(RUN) --group bench python -m benchmarks.serving.soak

release-notes: $(UV)  ## Check that TAG, version and changelog agree; writes build/release-notes.md
	@$(RUN) python -m scripts.release_notes

release: release-notes  ## Make a release of TAG on GitHub, as its workflow does
	gh release create "$$TAG" --verify-tag --title "$$TAG" --notes-file build/release-notes.md

clean:  ## Remove what was built
	rm -rf build site .coverage .mypy_cache .pytest_cache .ruff_cache

.tools/bin/uv:
	python3 -m venv .tools
	.tools/bin/pip install --quiet uv
