"""The model as a skops file, which holds data and the names of types, but no code.

Only types that skops knows to be harmless, or that `TRUSTED` lists, are made from it. The list is
part of the code; what the file itself would like to have trusted does not count.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import skops.io
from skops.io.exceptions import UntrustedTypesFoundException

from ..encoding import Matrix
from ..prediction import Vector, raw_predictions
from .files import BundleError

NAME = "skops"
FILE = "model.skops"
LIBRARIES = ("numpy", "scikit-learn", "skops")  # whose versions decide how the file is read

# What scikit-learn's estimators need beyond the types that skops trusts by itself.
TRUSTED = (
    "functools.partial",  # skops checks the function in it, too
    "numpy.dtype",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.tree._tree.Tree",
    "sklearn.utils.validation.check_array",
)

Predict = Callable[[Matrix], Vector]


def save(estimator: Any, folder: Path) -> None:
    """Write a fitted estimator to `FILE` in a folder.

    Raises BundleError if it has parts of types that `load` would refuse.
    """
    content = skops.io.dumps(estimator)
    refused = set(skops.io.get_untrusted_types(data=content)) - set(TRUSTED)
    if refused:
        raise BundleError(_refusal(sorted(refused)))
    (folder / FILE).write_bytes(content)


def load(content: bytes) -> Predict:
    """Return the function from a matrix, (n_rows, n_columns), to raw predictions, (n_rows,).

    Raises BundleError if the file has types that are not trusted.
    """
    try:
        estimator = skops.io.loads(content, trusted=TRUSTED)
    except UntrustedTypesFoundException as error:
        raise BundleError(_refusal([str(error)])) from error

    def predict(matrix: Matrix) -> Vector:
        return raw_predictions(estimator, matrix)

    return predict


def _refusal(types: Sequence[str]) -> str:
    return (
        f"{', '.join(types)}: not trusted. If you know these types to be harmless, add them to "
        "TRUSTED in bundle/model_format.py."
    )
