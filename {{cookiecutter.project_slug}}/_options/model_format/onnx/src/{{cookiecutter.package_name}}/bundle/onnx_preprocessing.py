"""Converters for the two steps that most linear models start with.

Those of skl2onnx use operators that onnxruntime does not have in float64 (SimpleImputer), or that
know no missing values (OneHotEncoder).
"""

from typing import Any

import numpy as np
from onnx import TensorProto
from skl2onnx import update_registered_converter
from skl2onnx.common.data_types import DoubleTensorType
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import OneHotEncoder


def _add(scope: Any, container: Any, kind: str, inputs: list[str], **attributes: Any) -> str:
    """Add an operator and return the name of its output."""
    output: str = scope.get_unique_variable_name(kind.lower())
    container.add_node(
        kind, inputs, [output], name=scope.get_unique_operator_name(kind), **attributes
    )
    return output


def _constant(scope: Any, container: Any, values: Any) -> str:
    name: str = scope.get_unique_variable_name("constant")
    array = np.asarray(values)
    kind = TensorProto.INT64 if array.dtype.kind == "i" else TensorProto.DOUBLE
    container.add_initializer(name, kind, list(array.shape), array.ravel().tolist())
    return name


def _impute(scope: Any, operator: Any, container: Any) -> None:
    imputer: SimpleImputer = operator.raw_operator
    if imputer.add_indicator or not np.isnan(imputer.missing_values):
        raise ValueError("only missing values that are NaN, without indicators, can be converted")
    source = operator.inputs[0].full_name
    matrix = _add(scope, container, "Cast", [source], to=TensorProto.DOUBLE)
    missing = _add(scope, container, "IsNaN", [matrix])
    filling = _constant(scope, container, imputer.statistics_.astype(np.float64))
    container.add_node(
        "Where",
        [missing, filling, matrix],
        [operator.outputs[0].full_name],
        name=scope.get_unique_operator_name("Where"),
    )


def _one_hot(scope: Any, operator: Any, container: Any) -> None:
    encoder: OneHotEncoder = operator.raw_operator
    if getattr(encoder, "infrequent_categories_", None):
        raise ValueError("infrequent categories cannot be converted")
    source = operator.inputs[0].full_name
    matrix = _add(scope, container, "Cast", [source], to=TensorProto.DOUBLE)
    blocks = []
    for position, categories in enumerate(encoder.categories_):
        kept = np.ones(len(categories), dtype=bool)
        if encoder.drop_idx_ is not None and encoder.drop_idx_[position] is not None:
            kept[encoder.drop_idx_[position]] = False
        categories = np.asarray(categories, dtype=np.float64)[kept]
        index = _constant(scope, container, np.array([position]))
        column = _add(scope, container, "Gather", [matrix, index], axis=1)
        hits = _add(scope, container, "Equal", [column, _constant(scope, container, categories)])
        ones = _add(scope, container, "Cast", [hits], to=TensorProto.DOUBLE)
        if np.isnan(categories).any():  # nothing equals NaN, not even itself
            is_missing = _constant(scope, container, np.isnan(categories).astype(np.float64))
            missing = _add(scope, container, "IsNaN", [column])
            flag = _add(scope, container, "Cast", [missing], to=TensorProto.DOUBLE)
            extra = _add(scope, container, "Mul", [flag, is_missing])
            ones = _add(scope, container, "Add", [ones, extra])
        blocks.append(ones)
    container.add_node(
        "Concat",
        blocks,
        [operator.outputs[0].full_name],
        name=scope.get_unique_operator_name("Concat"),
        axis=1,
    )


def _imputed_shape(operator: Any) -> None:
    _set_width(operator, len(operator.raw_operator.statistics_))


def _one_hot_shape(operator: Any) -> None:
    _set_width(operator, len(operator.raw_operator.get_feature_names_out()))


def _set_width(operator: Any, n_columns: int) -> None:
    n_rows = operator.inputs[0].get_first_dimension()
    operator.outputs[0].type = DoubleTensorType([n_rows, n_columns])


def register() -> None:
    """Put these converters in place of those of skl2onnx."""
    update_registered_converter(SimpleImputer, "DoubleImputer", _imputed_shape, _impute)
    update_registered_converter(OneHotEncoder, "DoubleOneHotEncoder", _one_hot_shape, _one_hot)
