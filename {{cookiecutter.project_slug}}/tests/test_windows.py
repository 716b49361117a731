"""What is read of the prediction log, whatever state it is in."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from uuid import uuid4

import fsspec
import pandas as pd
import pytest
from fsspec.implementations.local import LocalFileSystem

from {{ cookiecutter.package_name }} import bundle, paths
from {{ cookiecutter.package_name }}.bundle import Bundle
from {{ cookiecutter.package_name }}.monitoring.records import Records, read_window
from {{ cookiecutter.package_name }}.monitoring.tables import LogError, Tables
from {{ cookiecutter.package_name }}.monitoring.window import Window, closed_windows
from {{ cookiecutter.package_name }}.prediction import RAW
from {{ cookiecutter.package_name }}.tables import target_name

from .logged import append, write_log

WEEK = timedelta(days=7)
START = datetime(2024, 1, 1, tzinfo=UTC)  # a Monday
WINDOW = Window(START, START + WEEK)


@pytest.fixture(scope="module")
def model(project: Path) -> Bundle:
    return bundle.load(paths.CANDIDATE)


@pytest.fixture
def test_rows(project: Path) -> pd.DataFrame:
    return pd.read_parquet(paths.TEST).head(50)


def read(log: Path | Tables) -> Records:
    tables = log if isinstance(log, Tables) else Tables(str(log))
    tables.update(START.date(), date(2024, 1, 20))
    return read_window(tables, WINDOW, 30)


def test_windows_lie_where_they_lie() -> None:
    now = datetime(2024, 1, 17, 12, 30, tzinfo=UTC)
    windows = closed_windows(now, WEEK, timedelta(0), most=2)
    assert windows == [WINDOW, Window(START + WEEK, START + 2 * WEEK)]
    assert closed_windows(now + timedelta(days=4), WEEK, timedelta(0), most=2) == windows
    assert closed_windows(now + timedelta(days=5), WEEK, timedelta(0), most=2) != windows


def test_a_window_waits_for_records_that_are_under_way() -> None:
    end = START + WEEK
    grace = timedelta(minutes=10)
    assert closed_windows(end + grace, WEEK, grace, most=1) == [WINDOW]
    just_before = end + grace - timedelta(seconds=1)
    assert closed_windows(just_before, WEEK, grace, most=1) == [Window(START - WEEK, START)]


def test_it_has_the_predictions_of_the_window_and_their_labels(
    tmp_path: Path, model: Bundle, test_rows: pd.DataFrame
) -> None:
    write_log(tmp_path, test_rows, model, START, WINDOW.end, delay=timedelta(hours=5))
    write_log(tmp_path, test_rows, model, WINDOW.end, WINDOW.end + WEEK, delay=timedelta(hours=5))
    found = read(tmp_path)
    assert found.count == len(found.target) == len(test_rows)
    assert found.versions == {model.manifest.version: len(test_rows)}
    assert len(found.sample) == 30
    assert found.delays == pytest.approx(5.0)
    assert sorted(found.target) == sorted(test_rows[target_name()].astype(float))
    assert (found.duplicates, found.unreadable) == (0, 0)


def test_no_log_is_a_window_without_predictions(tmp_path: Path) -> None:
    found = read(tmp_path / "nowhere")
    assert (found.count, len(found.target), len(found.sample)) == (0, 0, 0)


def test_what_a_killed_monitor_has_left_is_not_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "log.db").write_text("half of a database")
    assert read(Tables("nowhere", tmp_path)).count == 0


def test_what_cannot_be_read_is_counted(
    tmp_path: Path, model: Bundle, test_rows: pd.DataFrame
) -> None:
    write_log(tmp_path, test_rows, model, START, WINDOW.end, delay=timedelta(hours=5))
    day = tmp_path / "predictions" / "date=2024-01-02"
    (day / "cut.jsonl").write_text('{"prediction_id": "0197f3a0-5b1c-7cc2\n[1, 2]\n')
    (day / "noise.jsonl").write_bytes(b"\x00\xff\xfe\n")
    (day / "folder.jsonl").mkdir()
    found = read(tmp_path)
    assert found.count == len(test_rows)
    assert found.unreadable == 4


def test_half_a_record_is_counted_and_spoils_nothing(
    tmp_path: Path, model: Bundle, test_rows: pd.DataFrame
) -> None:
    ids = write_log(tmp_path, test_rows, model, START, WINDOW.end, delay=timedelta(hours=5))
    before = read(tmp_path)
    other = _another(test_rows[target_name()].iloc[0])
    for answer in (None, {}, {RAW: None}, {RAW: "much"}, {RAW: float("nan")}):
        whose: dict[str, object] = {"time": START.isoformat(), "prediction_id": str(uuid4())}
        append(tmp_path / "predictions", [whose | {"prediction": answer}])
        append(tmp_path / "labels", [whose | {"actual": other}])
    half_labels: list[dict[str, object]] = [
        {"time": "2024-01-03 or so", "prediction_id": ids[0], "actual": other},
        {"time": "2024-01-19T00:00:00Z", "prediction_id": ids[1], "actual": "perhaps"},
        {"time": "2024-01-19T00:00:00Z", "actual": other},
    ]
    append(tmp_path / "labels", half_labels)
    (tmp_path / "labels" / "date=2024-01-19" / "noise.jsonl").write_text("noise\n")
    found = read(tmp_path)
    assert found.count == before.count
    assert (found.target == before.target).all()
    assert (found.predicted == before.predicted).all()
    assert found.unreadable == 5 + 3 + 1


def test_what_came_after_a_look_is_there_at_the_next_one(
    tmp_path: Path, model: Bundle, test_rows: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = cache(LocalFileSystem.ls)  # as s3fs does
    monkeypatch.setattr(LocalFileSystem, "ls", kept)
    monkeypatch.setattr(LocalFileSystem, "invalidate_cache", lambda _: kept.cache_clear())
    tables = Tables(str(tmp_path))
    for count in (len(test_rows), 2 * len(test_rows)):
        write_log(tmp_path, test_rows, model, START, WINDOW.end, delay=timedelta(hours=5))
        found = read(tables)
        assert found.count + found.duplicates == count


def test_each_file_is_read_once(
    tmp_path: Path, model: Bundle, test_rows: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_log(tmp_path, test_rows, model, START, WINDOW.end, delay=timedelta(hours=5))
    append(tmp_path / "labels", [{"time": "2024-01-05T00:00:00Z", "actual": "of nothing"}])
    tables = Tables(str(tmp_path))
    first = read(tables)
    monkeypatch.setattr("{{ cookiecutter.package_name }}.monitoring.tables._insert", None)
    again = read(tables)
    assert again.count == first.count == len(test_rows)
    assert (again.target == first.target).all()
    assert (again.duplicates, again.unreadable) == (0, 1)


def test_what_is_past_is_forgotten(tmp_path: Path, model: Bundle, test_rows: pd.DataFrame) -> None:
    for number in range(2):
        start = START + number * WEEK
        write_log(tmp_path, test_rows, model, start, start + WEEK, delay=timedelta(hours=5))
    tables = Tables(str(tmp_path))
    read(tables)
    tables.update(WINDOW.end.date(), date(2024, 1, 20))
    assert read_window(tables, WINDOW, 30).count == 0
    assert read_window(tables, Window(WINDOW.end, WINDOW.end + WEEK), 30).count == len(test_rows)


def test_a_bucket_is_read_like_a_folder(
    tmp_path: Path, model: Bundle, test_rows: pd.DataFrame
) -> None:
    write_log(tmp_path, test_rows, model, START, WINDOW.end, delay=timedelta(hours=5))
    bucket = fsspec.filesystem("memory")
    bucket.put(f"{tmp_path}/", "/bucket/log/", recursive=True)
    found = read_window(tables := Tables("memory://bucket/log"), WINDOW, 30)
    assert found.count == 0
    found = read(tables)
    assert found.count == len(found.target) == len(test_rows)


def test_a_store_that_refuses_is_no_log_without_records(
    tmp_path: Path, model: Bundle, test_rows: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_log(tmp_path, test_rows, model, START, WINDOW.end, delay=timedelta(hours=5))
    bucket = fsspec.filesystem("memory")
    bucket.put(f"{tmp_path}/", "/refusing/log/", recursive=True)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError("403")

    monkeypatch.setattr(type(bucket), "cat_file", refuse)
    monkeypatch.setattr(type(bucket), "get_file", refuse)
    with pytest.raises(LogError, match="cannot be read: 403"):
        read(Tables("memory://refusing/log"))


def test_nothing_is_counted_twice_and_the_last_label_counts(
    tmp_path: Path, model: Bundle, test_rows: pd.DataFrame
) -> None:
    ids = write_log(tmp_path, test_rows, model, START, WINDOW.end, delay=timedelta(hours=5))
    for kind in ("predictions", "labels"):
        for file in (tmp_path / kind).rglob("000000.jsonl"):
            (file.parent / "again.jsonl").write_bytes(file.read_bytes())
    before = read(tmp_path)
    other = _another(test_rows[target_name()].iloc[0])
    later = (WINDOW.end + timedelta(days=1)).isoformat()
    append(tmp_path / "labels", [{"time": later, "prediction_id": ids[0], "actual": other}])
    stranger = "00000000-0000-4000-8000-000000000000"
    append(tmp_path / "labels", [{"time": later, "prediction_id": stranger, "actual": other}])
    found = read(tmp_path)
    assert found.count == len(found.target) == len(test_rows)
    assert found.duplicates == len(test_rows)
    assert sum(found.target != before.target) == 1


def _another(value: float) -> object:
    return value + 1 if isinstance(value, float) else not value
