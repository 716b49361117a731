"""The parts of a table in which a model is looked at by itself: an airport, a carrier."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .params import ParamsError

Mask = NDArray[np.bool_]


def slices(table: pd.DataFrame, columns: Sequence[str], min_rows: int) -> dict[str, Mask]:
    """Return which rows, of shape (n_rows,), have each value of the columns, by `column = value`.

    Args:
        min_rows: values with fewer rows are left out: chance would decide on them.

    Raises ParamsError for a column that the table does not have.
    """
    found = {}
    for column in columns:
        if column not in table:
            raise ParamsError(
                f"`gate.slices` in params.yaml names {column}; the rows have {', '.join(map(str, table))}"
            )
        for value, rows in table[column].value_counts().items():
            if rows >= min_rows:
                same = table[column] == value  # NA where a value is missing, for some types
                found[f"{column} = {value}"] = same.to_numpy(dtype=bool, na_value=False)
    return found
