"""Pairs of models whose true quality is known, to see how often the gate is wrong."""

from statistics import NormalDist

import numpy as np

from {{ cookiecutter.package_name }}.prediction import Vector

AUC = 0.70  # of the champion, as the shipped model's
TRUE = 0.30  # share of true targets, as in the shipped rows
# Of the scores of two models that were trained on other months of the shipped rows: 0.73 to 0.88.
CORRELATION = 0.79
HARM = 0.02  # of AUC
# Those of the shipped params.yaml: by them, few harmful models pass and few equal ones are blocked.
MARGIN, TOLERANCE = 0.0185, 0.05


def simulated_pair(
    generator: np.random.Generator, n_rows: int, loss: float, correlation: float = CORRELATION
) -> tuple[Vector, Vector, Vector]:
    """Return target, champion's and candidate's predictions, each of shape (n_rows,).

    Scores are normal in either class (the binormal model), so that the true AUC of each model is
    known, and probabilities are calibrated.

    Args:
        loss: how much lower the candidate's true AUC is.
        correlation: of the two scores within a class.
    """
    target = (generator.random(n_rows) < TRUE).astype(float)
    noise = generator.multivariate_normal([0, 0], [[1, correlation], [correlation, 1]], size=n_rows)
    prior = np.log(TRUE / (1 - TRUE))
    predictions = []
    for column, auc in enumerate((AUC, AUC - loss)):
        distance = 2**0.5 * NormalDist().inv_cdf(auc)  # between the means of the classes
        score = distance * target + noise[:, column]
        predictions.append(1 / (1 + np.exp(distance**2 / 2 - distance * score - prior)))
    return target, predictions[0], predictions[1]
