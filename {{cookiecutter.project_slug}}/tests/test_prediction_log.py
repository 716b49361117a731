"""The prediction log never blocks, and says what it loses."""

import time
from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.serving.prediction_log import PredictionLog

RECORD = {"time": "2013-07-03T12:00:00+00:00", "value": 1}


def never(dropped: int) -> None:
    pytest.fail(f"{dropped} records were dropped")


def written(folder: Path) -> int:
    """Count the records in all files."""
    files = folder.glob("predictions/date=2013-07-03/*.jsonl")
    return sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files)


def test_stopping_writes_what_is_queued(tmp_path: Path) -> None:
    log = PredictionLog(str(tmp_path), flush_seconds=60, capacity=10, on_drop=never)
    log.start()
    log.put("predictions", [RECORD] * 3)
    log.stop()
    assert written(tmp_path) == 3
    assert not list(tmp_path.rglob("*.partial"))


def test_records_are_written_while_the_service_runs(tmp_path: Path) -> None:
    log = PredictionLog(str(tmp_path), flush_seconds=0.01, capacity=10, on_drop=never)
    log.start()
    log.put("predictions", [RECORD])
    deadline = time.monotonic() + 10
    while not written(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert written(tmp_path) == 1
    log.stop()


def test_with_zero_seconds_records_are_written_at_once(tmp_path: Path) -> None:
    log = PredictionLog(str(tmp_path), flush_seconds=0, capacity=1, on_drop=never)
    log.start()
    log.put("predictions", [RECORD] * 3)  # none of them waits, so all have room
    assert written(tmp_path) == 3
    log.stop()


def test_no_request_waits_for_the_client_of_a_bucket_to_be_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[str] = []
    monkeypatch.setattr("fsspec.url_to_fs", made.append)
    PredictionLog("s3://bucket/log", flush_seconds=0, capacity=1, on_drop=never).start()
    assert made == ["s3://bucket/log"]


def test_a_full_queue_drops_and_counts(tmp_path: Path) -> None:
    dropped: list[int] = []
    log = PredictionLog(str(tmp_path), flush_seconds=60, capacity=2, on_drop=dropped.append)
    log.put("predictions", [RECORD] * 5)
    assert dropped == [3]
    log.start()
    log.stop()
    assert written(tmp_path) == 2


@pytest.mark.parametrize("flush_seconds", [0, 60])
def test_a_store_that_fails_is_counted_and_logged(
    flush_seconds: float, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    dropped: list[int] = []
    (tmp_path / "file").touch()  # a file where a folder has to be
    log = PredictionLog(str(tmp_path / "file"), flush_seconds, 10, on_drop=dropped.append)
    log.start()
    log.put("predictions", [RECORD] * 4)
    log.stop()
    assert dropped == [4]
    assert "4 records of the prediction log were lost" in caplog.text


def test_a_disk_that_is_full_keeps_no_half_written_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run_out(path: Path, _: bytes) -> None:
        path.touch()
        raise OSError("No space left on device")

    dropped: list[int] = []
    log = PredictionLog(str(tmp_path), flush_seconds=0, capacity=1, on_drop=dropped.append)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", run_out)
        log.put("predictions", [RECORD] * 4)
    assert dropped == [4]
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_no_url_means_no_log() -> None:
    log = PredictionLog("", 60, 1, on_drop=never)
    log.start()
    log.put("predictions", [RECORD] * 5)
    log.stop()
