"""Where the pipeline's files are, from the project's root. `dvc.yaml` names the same ones."""

from pathlib import Path

PARAMS = Path("params.yaml")

RAW = Path("data/raw.parquet")
SPLIT = Path("data/split")
TRAIN = SPLIT / "train.parquet"
VALIDATION = SPLIT / "validation.parquet"
TEST = SPLIT / "test.parquet"

TRAINED = Path("models/trained")  # a fitted model, not yet judged
CANDIDATE = Path("models/candidate")  # the bundle that the gate judges
CHAMPION = Path("models/champion")  # the bundle that is served

VALIDATION_REPORT = Path("reports/validation.json")
METRICS = Path("reports/metrics.json")
EVALUATION = Path("reports/evaluation.json")
PLOTS = Path("reports/plots")
GATE_REPORT = Path("reports/gate.json")
LEDGER = Path("governance/promotions.jsonl")
MONITOR_LEDGER = Path("governance/monitoring.jsonl")

CARD_NOTES = Path("docs/card_notes.md")
MODEL_CARD = Path("docs/model_card.md")
DATA_CARD = Path("docs/data_card.md")
CARD_PICTURES = Path("docs/cards")

MONITOR_REPORT = Path("build/monitor/report.json")
MONITOR_TABLES = Path("build/monitor/tables")
DRIFT_PAGES = Path("build/monitor/drift")
