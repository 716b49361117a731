"""Trees of scikit-learn as ONNX's operator `TreeEnsemble`, exact to the last split.

The operator: https://onnx.ai/onnx/operators/onnx_aionnxml_TreeEnsemble.html
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import numpy_helper

DOMAIN, OPERATOR, OPSET = "ai.onnx.ml", "TreeEnsemble", 5
SUM = 1
LESS_OR_EQUAL, MEMBER = 0, 6


@dataclass
class Split:
    """An inner node. Rows go left whose value is at most the threshold, or one of the members."""

    feature: int
    left: int
    right: int
    missing_go_left: bool
    threshold: float = 0.0
    members: tuple[float, ...] | None = None


Node = Split | float  # a leaf is its value
Tree = list[Node]  # the root first; children are positions in the list


@dataclass
class TreeEnsemble:
    """The attributes of the operator, filled tree by tree."""

    tree_roots: list[int] = field(default_factory=list)
    nodes_modes: list[int] = field(default_factory=list)
    nodes_featureids: list[int] = field(default_factory=list)
    nodes_splits: list[float] = field(default_factory=list)
    nodes_truenodeids: list[int] = field(default_factory=list)
    nodes_trueleafs: list[int] = field(default_factory=list)
    nodes_falsenodeids: list[int] = field(default_factory=list)
    nodes_falseleafs: list[int] = field(default_factory=list)
    nodes_missing_value_tracks_true: list[int] = field(default_factory=list)
    membership_values: list[float] = field(default_factory=list)
    leaf_weights: list[float] = field(default_factory=list)

    def add(self, tree: Tree) -> None:
        if isinstance(tree[0], float):  # the operator has no tree without a split
            tree = [Split(0, 1, 1, missing_go_left=True), tree[0]]
        self.tree_roots.append(len(self.nodes_modes))
        # Where each node of the tree will be, among the splits or among the leaves.
        places, splits, leaves = [], len(self.nodes_modes), len(self.leaf_weights)
        for node in tree:
            is_leaf = isinstance(node, float)
            places.append((leaves, 1) if is_leaf else (splits, 0))
            leaves, splits = leaves + is_leaf, splits + (not is_leaf)
        for node in tree:
            if isinstance(node, float):
                self.leaf_weights.append(node)
            else:
                self._add_split(node, places)

    def _add_split(self, node: Split, places: list[tuple[int, int]]) -> None:
        self.nodes_modes.append(LESS_OR_EQUAL if node.members is None else MEMBER)
        self.nodes_featureids.append(node.feature)
        self.nodes_splits.append(node.threshold)
        self.nodes_missing_value_tracks_true.append(int(node.missing_go_left))
        if node.members is not None:
            self.membership_values += [*node.members, float("nan")]  # which ends the set
        for child, positions, are_leaves in (
            (node.left, self.nodes_truenodeids, self.nodes_trueleafs),
            (node.right, self.nodes_falsenodeids, self.nodes_falseleafs),
        ):
            position, is_leaf = places[child]
            positions.append(position)
            are_leaves.append(is_leaf)

    def attributes(self) -> dict[str, Any]:
        lists = {name: value for name, value in vars(self).items() if value}
        for name in ("nodes_splits", "leaf_weights", "membership_values"):
            if name in lists:
                lists[name] = numpy_helper.from_array(np.array(lists[name], dtype=np.float64))
        lists["nodes_modes"] = numpy_helper.from_array(np.array(self.nodes_modes, dtype=np.uint8))
        leaves = len(self.leaf_weights)
        return lists | {"leaf_targetids": [0] * leaves, "n_targets": 1, "aggregate_function": SUM}


def forest_trees(forest: Any) -> Iterable[Tree]:
    """The trees of a random forest, extra trees, or the one of a decision tree.

    A leaf holds the probability of the last class or the mean, divided by the number of trees.
    """
    estimators = getattr(forest, "estimators_", [forest])
    for estimator in estimators:
        fitted = estimator.tree_
        values = fitted.value[:, 0, :]
        if hasattr(forest, "classes_"):
            values = values / values.sum(axis=1, keepdims=True)
        leaves = values[:, -1] / len(estimators)
        yield [
            float(leaves[i])
            if fitted.children_left[i] < 0
            else Split(
                feature=int(fitted.feature[i]),
                left=int(fitted.children_left[i]),
                right=int(fitted.children_right[i]),
                missing_go_left=bool(fitted.missing_go_to_left[i]),
                threshold=float(fitted.threshold[i]),
            )
            for i in range(fitted.node_count)
        ]


def boosted_trees(model: Any) -> Iterable[Tree]:
    """The trees of histogram gradient boosting, with the features and categories of its input."""
    features, categories = _input_features(model)
    for predictors in model._predictors:
        (predictor,) = predictors  # one for each class, where there are more than two
        yield [_boosted_node(node, predictor, features, categories) for node in predictor.nodes]


def _input_features(model: Any) -> tuple[list[int], list[NDArray[np.float64]]]:
    """Undo the model's own preprocessing: categories first, each numbered by an ordinal encoder."""
    n_features = model.n_features_in_
    if model._preprocessor is None:
        return list(range(n_features)), []
    categorical = model.is_categorical_
    order = [*np.flatnonzero(categorical), *np.flatnonzero(~categorical)]
    encoder = model._preprocessor.named_transformers_["encoder"]
    return [int(i) for i in order], [known[~np.isnan(known)] for known in encoder.categories_]


def _boosted_node(
    node: Any, predictor: Any, features: list[int], categories: list[NDArray[np.float64]]
) -> Node:
    if node["is_leaf"]:
        return float(node["value"])
    position = int(node["feature_idx"])
    left, right = int(node["left"]), int(node["right"])
    missing_go_left = bool(node["missing_go_to_left"])
    if not node["is_categorical"]:
        threshold = float(node["num_threshold"])
        return Split(features[position], left, right, missing_go_left, threshold)
    bits = predictor.raw_left_cat_bitsets[node["bitset_idx"]]
    known = categories[position]
    goes_left = np.array([bool(bits[i >> 5] >> (i & 31) & 1) for i in range(len(known))])
    # Categories that were not seen in training go where missing values go, so that side must be
    # the one for all that are no members.
    if missing_go_left:
        goes_left, left, right = ~goes_left, right, left
    members = tuple(float(category) for category in known[goes_left])
    return Split(features[position], left, right, missing_go_left=False, members=members)
