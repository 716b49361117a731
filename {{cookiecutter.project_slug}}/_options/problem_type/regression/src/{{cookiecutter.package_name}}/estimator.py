"""The model. One of the three files that make the project yours.

Any scikit-learn regressor or pipeline will do. It is fitted on the float64 matrix that the schema
makes of the rows, whose columns `encoding.columns()` names.
"""

from sklearn.base import BaseEstimator
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.pipeline import make_pipeline

from .encoding import categorical_columns


def build(
    *,
    seed: int,
    learning_rate: float,
    max_iter: int,
    max_leaf_nodes: int,
    l2_regularization: float,
) -> BaseEstimator:
    """Return an unfitted estimator. The arguments are `train` in params.yaml.

    Gradient boosting takes categories and missing values as they are. An estimator that does not
    would start with a ColumnTransformer over `categorical_columns()` and an imputer.
    """
    return make_pipeline(
        HistGradientBoostingRegressor(
            loss="absolute_error",  # some flights arrive many hours late; the median bears them
            categorical_features=categorical_columns(),
            learning_rate=learning_rate,
            max_iter=max_iter,
            max_leaf_nodes=max_leaf_nodes,
            l2_regularization=l2_regularization,
            random_state=seed,
        )
    )
