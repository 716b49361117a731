"""Convert a fitted estimator to ONNX.

The graph takes the matrix as float64. In float32, values near the split of a tree would fall on the
other side of it, and the model would be another one.
"""

from typing import Any

import onnxruntime
from skl2onnx import to_onnx
from skl2onnx.common.data_types import DoubleTensorType
from skl2onnx.helpers.onnx_helper import select_model_inputs_outputs
from sklearn.pipeline import Pipeline

from . import onnx_converters, onnx_preprocessing
from .files import BundleError
from .onnx_trees import DOMAIN, OPERATOR, OPSET

INPUT = "matrix"
TARGET_OPSET = {"": 21, DOMAIN: onnx_converters.KNOWN_OPSET}

onnx_converters.register()
onnx_preprocessing.register()


def convert(estimator: Any) -> bytes:
    """Return the ONNX graph of a fitted estimator or pipeline.

    Its one output has a column for each class, or a single one for a regression. Raises BundleError
    with the step that has no conversion.
    """
    try:
        content = _convert(estimator).SerializeToString()
        onnxruntime.InferenceSession(content)  # which does not have every operator in float64
    # Converters fail in many ways, as they meet what their authors have not thought of.
    except Exception as error:
        raise BundleError(
            f"{_culprit(estimator)} cannot be converted to ONNX: {_first_line(error)} Take another "
            "estimator, or another model format (joblib, skops, pickle): all of them can be saved."
        ) from error
    return bytes(content)


def _convert(estimator: Any) -> Any:
    columns = [(INPUT, DoubleTensorType([None, estimator.n_features_in_]))]
    is_classifier = hasattr(estimator, "predict_proba")
    graph = to_onnx(
        estimator,
        initial_types=columns,
        options={id(estimator): {"zipmap": False}} if is_classifier else None,
        target_opset=TARGET_OPSET,
    )
    graph = select_model_inputs_outputs(graph, outputs=[graph.graph.output[-1].name])
    if any(node.op_type == OPERATOR for node in graph.graph.node):
        (imported,) = (opset for opset in graph.opset_import if opset.domain == DOMAIN)
        imported.version = OPSET  # the first with this operator
    return graph


def _culprit(estimator: Any) -> str:
    """Name the first step of a pipeline that fails by itself; without steps, the estimator."""
    steps = estimator.steps if isinstance(estimator, Pipeline) else []
    for name, step in steps:
        try:
            onnxruntime.InferenceSession(_convert(step).SerializeToString())
        except Exception:
            return f"The step `{name}` ({type(step).__name__})"
    return type(estimator).__name__


def _first_line(error: Exception) -> str:
    line = (str(error).strip() or type(error).__name__).splitlines()[0]
    return line if line.endswith(".") else f"{line}."
