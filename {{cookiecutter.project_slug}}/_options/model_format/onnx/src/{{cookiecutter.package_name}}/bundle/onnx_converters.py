"""Converters for scikit-learn's trees, in place of those of skl2onnx.

Those of version 1.20 round thresholds to float32, know no native categories, fail on histogram
gradient boosting, and never return from a split that tells missing values from the rest.
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from onnx import TensorProto
from skl2onnx import update_registered_converter
from skl2onnx.common.shape_calculator import (
    calculate_linear_classifier_output_shapes,
    calculate_linear_regressor_output_shapes,
)
from sklearn import ensemble, tree

from .onnx_trees import DOMAIN, OPERATOR, Tree, TreeEnsemble, boosted_trees, forest_trees

KNOWN_OPSET = 3  # of the domain ai.onnx.ml, the newest that skl2onnx agrees to
INVERSE_LINKS = {"IdentityLink": "Identity", "LogLink": "Exp", "LogitLink": "Sigmoid"}


def _add_trees(trees: Iterable[Tree], matrix: str, score: str, scope: Any, container: Any) -> None:
    operator = TreeEnsemble()
    for one in trees:
        operator.add(one)
    container.add_node(
        OPERATOR,
        [matrix],
        [score],
        op_domain=DOMAIN,
        op_version=KNOWN_OPSET,
        name=scope.get_unique_operator_name(OPERATOR),
        **operator.attributes(),
    )


def _cast(source: str, target: str, to: int, scope: Any, container: Any) -> None:
    name = scope.get_unique_operator_name("Cast")
    container.add_node("Cast", [source], [target], name=name, to=to)


def _score_forest(scope: Any, operator: Any, container: Any, score: str) -> None:
    # scikit-learn's trees compare values as float32 with thresholds in float64.
    single, double = (scope.get_unique_variable_name(name) for name in ("single", "double"))
    _cast(operator.inputs[0].full_name, single, TensorProto.FLOAT, scope, container)
    _cast(single, double, TensorProto.DOUBLE, scope, container)
    _add_trees(forest_trees(operator.raw_operator), double, score, scope, container)


def _score_boosting(scope: Any, operator: Any, container: Any, score: str) -> None:
    model = operator.raw_operator
    names = ("double", "sum", "baseline", "shifted")
    double, total, baseline, shifted = (scope.get_unique_variable_name(name) for name in names)
    _cast(operator.inputs[0].full_name, double, TensorProto.DOUBLE, scope, container)
    _add_trees(boosted_trees(model), double, total, scope, container)
    start = float(np.ravel(model._baseline_prediction)[0])
    container.add_initializer(baseline, TensorProto.DOUBLE, [1], [start])
    container.add_node("Add", [total, baseline], [shifted], name=f"{shifted}_add")
    inverse = INVERSE_LINKS[type(model._loss.link).__name__]
    container.add_node(inverse, [shifted], [score], name=f"{shifted}_inverse_link")


Score = Callable[[Any, Any, Any, str], None]


def _regression(add_score: Score) -> Callable[[Any, Any, Any], None]:
    def convert(scope: Any, operator: Any, container: Any) -> None:
        score = scope.get_unique_variable_name("score")
        add_score(scope, operator, container, score)
        output = operator.outputs[0]
        _cast(score, output.full_name, _element_type(output), scope, container)

    return convert


def _classification(add_score: Score) -> Callable[[Any, Any, Any], None]:
    """Give both outputs that a classifier has: labels, and a column of probabilities a class."""

    def convert(scope: Any, operator: Any, container: Any) -> None:
        classes = operator.raw_operator.classes_
        if len(classes) != 2:
            raise ValueError(f"{len(classes)} classes; only two can be converted")
        label, probabilities = operator.outputs
        names = ("score", "one", "other", "both", "code")
        score, one, other, both, code = (scope.get_unique_variable_name(name) for name in names)
        add_score(scope, operator, container, score)
        container.add_initializer(one, TensorProto.DOUBLE, [1], [1.0])
        container.add_node("Sub", [one, score], [other], name=f"{other}_sub")
        container.add_node("Concat", [other, score], [both], name=f"{both}_concat", axis=1)
        _cast(both, probabilities.full_name, _element_type(probabilities), scope, container)
        container.add_node("ArgMax", [both], [code], name=f"{code}_argmax", axis=1, keepdims=0)
        _cast(code, label.full_name, _element_type(label), scope, container)

    return convert


def _element_type(variable: Any) -> int:
    element: int = variable.type.to_onnx_type().tensor_type.elem_type
    return element


def register() -> None:
    """Put these converters in place of those of skl2onnx."""
    forests = ("RandomForest", "ExtraTrees")
    for score, classifiers, regressors in (
        (
            _score_boosting,
            [ensemble.HistGradientBoostingClassifier],
            [ensemble.HistGradientBoostingRegressor],
        ),
        (
            _score_forest,
            [getattr(ensemble, f"{name}Classifier") for name in forests]
            + [tree.DecisionTreeClassifier, tree.ExtraTreeClassifier],
            [getattr(ensemble, f"{name}Regressor") for name in forests]
            + [tree.DecisionTreeRegressor, tree.ExtraTreeRegressor],
        ),
    ):
        for model in classifiers:
            update_registered_converter(
                model,
                f"Exact{model.__name__}",
                calculate_linear_classifier_output_shapes,
                _classification(score),
                options={"zipmap": [True, False], "nocl": [True, False]},
            )
        for model in regressors:
            update_registered_converter(
                model,
                f"Exact{model.__name__}",
                calculate_linear_regressor_output_shapes,
                _regression(score),
            )
