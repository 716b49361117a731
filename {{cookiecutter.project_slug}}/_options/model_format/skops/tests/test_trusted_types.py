"""A skops file with a type that the code does not trust is neither written nor loaded."""

from pathlib import Path

import pytest
import skops.io
from sklearn.linear_model import LinearRegression

from {{ cookiecutter.package_name }}.bundle import BundleError
from {{ cookiecutter.package_name }}.bundle.model_format import FILE, load, save


class Stranger(LinearRegression):  # type: ignore[misc]
    """An estimator that nobody has vouched for."""


def test_an_untrusted_type_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"Stranger.*TRUSTED"):
        save(Stranger(), tmp_path)
    assert not (tmp_path / FILE).exists()


def test_an_untrusted_type_is_not_loaded() -> None:
    with pytest.raises(BundleError, match=r"Stranger.*TRUSTED"):
        load(skops.io.dumps(Stranger()))
