"""The model as an ONNX graph, which holds data and the names of known operators, but no code.

Serving takes onnxruntime and numpy; scikit-learn and the converter are needed for training only.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from ..encoding import Matrix
from ..prediction import Vector

NAME = "onnx"
FILE = "model.onnx"
LIBRARIES = ("numpy", "onnxruntime")  # whose versions decide how the file is read

Predict = Callable[[Matrix], Vector]


def save(estimator: Any, folder: Path) -> None:
    """Convert a fitted estimator and write it to `FILE` in a folder.

    Raises BundleError if there is no conversion for it.
    """
    from .onnx_conversion import convert  # not there where the model is only served

    (folder / FILE).write_bytes(convert(estimator))


def load(content: bytes) -> Predict:
    """Return the function from a matrix, (n_rows, n_columns), to raw predictions, (n_rows,)."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(os.environ.get("OMP_NUM_THREADS") or 1)
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    (matrix_name,) = (node.name for node in session.get_inputs())
    (output,) = (node.name for node in session.get_outputs())

    def predict(matrix: Matrix) -> Vector:
        # A column for each class, of which the last is that of the true ones; or a single one.
        raw = session.run([output], {matrix_name: matrix})[0][:, -1]
        return np.asarray(raw, dtype=np.float64)

    return predict
