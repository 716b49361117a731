"""How MLflow loads a registered bundle: `mlflow.pyfunc.load_model("models:/<name>@champion")`."""

from pathlib import Path
from typing import Any

import pandas as pd

from ..bundle import Bundle, load
from ..encoding import encode


class BundleModel:
    """A bundle behind MLflow's interface, from a table of features to a table of answers."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle

    def predict(self, table: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """Return the answers of the HTTP API as columns, one row for each row of the table."""
        return pd.DataFrame(self.bundle.answers(self.bundle.predict(encode(table))))


def _load_pyfunc(path: str) -> BundleModel:
    """Verify and load the bundle; MLflow calls this by name."""
    return BundleModel(load(Path(path)))
