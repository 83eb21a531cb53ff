"""The app on a shelf: it reads with what is current, and goes back from what is no good."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edge_app.app import Options, run
from edge_app.options import DEFAULT_BUNDLE
from edge_app.outputs import JsonLines
from edge_app.reader import Reader, open_classifier
from edge_app.result import FrameResult
from edge_app.runtime.bundle import load_bundle, write_bundle
from edge_app.runtime.classifier import Classifier
from edge_app.runtime.errors import EdgeError
from edge_app.sources import Frame
from edge_app.updates.follow import STARTS, Follower
from edge_app.updates.judge import ENOUGH
from edge_app.updates.shelf import Held, Shelf, ShelfState, Warned

TIMID = -1.0


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "shelf")


def put(shelf: Shelf, number: int, *, settled: bool = False, **changed: Any) -> str:
    """Put a bundle on the shelf that differs from the shipped one in its rule of warning, and make it current."""
    shipped = load_bundle(DEFAULT_BUNDLE)
    rule = msgspec.structs.replace(shipped.manifest.warning, **{"images": number, **changed})
    graphs = dict(zip((file.name for file in shipped.manifest.files), shipped.graphs, strict=True))
    scratch = shelf.folder / ".fresh"
    write_bundle(scratch, msgspec.structs.replace(shipped.manifest, warning=rule), graphs)
    digest = load_bundle(scratch).digest
    shelf.put(scratch, digest)
    shelf.change(lambda state: state.taking(Held(digest, number)))
    if settled:
        shelf.change(ShelfState.settled)
    return digest


def opened(path: Path | None) -> Classifier:
    """As the app opens it, without the trial's process."""
    return Classifier(load_bundle(path or DEFAULT_BUNDLE))


@contextmanager
def following(shelf: Shelf) -> Iterator[Follower]:
    with Follower(shelf, opened, settled_s=0.0) as follower:
        yield follower


def reading(follower: Follower, result: FrameResult) -> Callable[[], FrameResult]:
    """Read the same frame again and again, its three digits always new ones."""
    reader = Reader(follower.classifier)
    numbers = count(1000)

    def use(classifier: Classifier) -> None:
        reader.read_with(classifier)

    follower.use = use

    def read() -> FrameResult:
        found = reader.read(Frame(result.frame.image, 0.0))
        tracks = tuple(replace(track, number=next(numbers)) for track in found.tracks)
        return replace(found, tracks=tracks)

    return read


def doubted(result: FrameResult) -> int:
    """How many of the frame's three digits the shipped bundle warns of."""
    return sum(prediction.unsure for prediction in result.raw.predictions)


def test_without_a_bundle_on_the_shelf_the_app_reads_with_its_own_and_counts(shelf: Shelf, result: FrameResult) -> None:
    with following(shelf) as follower:
        assert follower.classifier.bundle.path == DEFAULT_BUNDLE
        read = reading(follower, result)
        for _ in range(3):
            follower.take(read())
        assert follower.standing.number is None
    assert shelf.state.first == Warned(9, 3 * doubted(result))


def test_a_bundle_that_warns_of_everything_is_gone_back_from_between_two_frames(
    shelf: Shelf, result: FrameResult, capfd: pytest.CaptureFixture[str]
) -> None:
    good = put(shelf, 10_001, settled=True)
    shelf.change(lambda state: state.having_read(good, Warned(500, 10)))
    timid = put(shelf, 10_002, threshold_bits=TIMID)
    with following(shelf) as follower:
        read = reading(follower, result)
        frames = 0
        while shelf.state.digest == timid:
            follower.take(read())
            frames += 1
        assert frames <= 5  # three digits a frame, all of them warned of
        assert doubted(read()) == doubted(result) < 3
        assert follower.classifier.bundle.digest == good
        assert follower.standing.refused == {timid: shelf.state.refused[0].reason}
    assert shelf.state.current == Held(good, 10_001, Warned(500, 10))
    assert "went back to bundle" in capfd.readouterr().err


def test_a_bundle_that_warns_as_before_passes_its_trial(shelf: Shelf, result: FrameResult) -> None:
    shelf.change(lambda state: state.having_read(None, Warned(300, 100)))
    good = put(shelf, 10_001)
    with following(shelf) as follower:
        read = reading(follower, result)
        while shelf.state.on_trial:
            follower.take(read())
    assert (shelf.state.digest, shelf.state.previous, shelf.state.refused) == (good, None, ())


def test_what_was_counted_outlives_a_start(shelf: Shelf, result: FrameResult) -> None:
    put(shelf, 10_001)
    for _ in range(2):
        with following(shelf) as follower:
            follower.take(reading(follower, result)())
    assert shelf.state.read == Warned(6, 2 * doubted(result))


def test_an_app_that_fails_at_every_start_reads_with_the_bundle_before(shelf: Shelf) -> None:
    bad = put(shelf, 10_001)
    for _ in range(STARTS):
        with pytest.raises(EdgeError, match="broken"):
            _fail_with(shelf, bad)
    with following(shelf) as follower:
        assert follower.classifier.bundle.path == DEFAULT_BUNDLE
    assert shelf.state.refused[0].reason == f"the app did not live for a minute in {STARTS} starts"


def _fail_with(shelf: Shelf, digest: str) -> None:
    with following(shelf) as follower:
        assert follower.classifier.bundle.digest == digest
        raise EdgeError("broken")


def test_starts_that_somebody_ends_are_no_failures(shelf: Shelf) -> None:
    digest = put(shelf, 10_001)
    for _ in range(STARTS + 2):
        with following(shelf):
            pass
    assert shelf.state.digest == digest


def test_a_bundle_that_cannot_be_opened_is_gone_back_from(shelf: Shelf) -> None:
    good = put(shelf, 10_001, settled=True)
    broken = put(shelf, 10_002)
    (shelf.path(broken) / "moments.tflite").write_bytes(b"")
    with following(shelf) as follower:
        assert follower.classifier.bundle.digest == good
    shutil.rmtree(shelf.path(good))
    with following(shelf) as follower:
        assert follower.classifier.bundle.path == DEFAULT_BUNDLE


def test_an_update_is_taken_between_two_frames(
    shelf: Shelf, result: FrameResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge_app.updates.follow.LOOK_S", 0.0)
    with following(shelf) as follower:
        read = reading(follower, result)
        follower.take(read())
        digest = put(shelf, 10_001)
        follower.take(read())
        assert follower.classifier.bundle.digest == digest
        assert (follower.standing.number, follower.standing.on_trial) == (10_001, True)
    assert shelf.state.first == Warned(6, 2 * doubted(result))  # the second frame was read before the update was seen


def test_the_app_reads_with_the_shelfs_bundle(shelf: Shelf, picture: Path, tmp_path: Path) -> None:
    put(shelf, 10_001, threshold_bits=TIMID)
    summary = run(
        Options(source=str(picture), bundles=shelf.folder, headless=True, outputs=(JsonLines(str(tmp_path / "out")),))
    )
    assert summary.warnings == summary.digits == 3


def test_a_state_of_another_program_is_one_line(shelf: Shelf) -> None:
    (shelf.folder / "state.json").write_text('{"version": 7}')
    with pytest.raises(EdgeError, match=r"state.json: .*; remove the folder, and the bundles are fetched again"):
        Follower(shelf, opened, settled_s=0.0)


def test_the_page_names_another_bundle(make_run: Callable[..., Any], result: FrameResult) -> None:
    live = pytest.importorskip("edge_app.web.output", reason="needs the extra web")
    server = pytest.importorskip("edge_app.web.server")
    sink = live.WebPage(server.Address("127.0.0.1", 0)).open(make_run())
    try:
        other = open_classifier(DEFAULT_BUNDLE, threads=1).bundle
        sink.bundle(other)
        assert other.digest.encode() in sink._live.metrics.text()
        sink.take(result)
    finally:
        sink.close()


def test_a_trial_that_is_passed_does_not_end_that_of_an_update_just_taken(shelf: Shelf, result: FrameResult) -> None:
    shelf.change(lambda state: state.having_read(None, Warned(300, 100)))
    good = put(shelf, 10_001)
    shelf.change(lambda state: state.having_read(good, Warned(ENOUGH - 3, 0)))
    with following(shelf) as follower:
        newer = put(shelf, 10_002)
        follower.take(reading(follower, result)())
        assert (shelf.state.digest, shelf.state.on_trial) == (newer, True)


def test_an_update_that_takes_a_new_start_is_told_once(
    shelf: Shelf, result: FrameResult, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("edge_app.updates.follow.LOOK_S", 0.0)
    monkeypatch.setattr("edge_app.updates.follow.KEEP_S", 0.0)
    monkeypatch.setattr("edge_app.updates.follow._alike", lambda *_: False)
    with following(shelf) as follower:
        read = reading(follower, result)
        put(shelf, 10_001)
        for _ in range(3):
            follower.take(read())
        assert follower.classifier.bundle.path == DEFAULT_BUNDLE
    assert capfd.readouterr().err.count("takes a new start of the app") == 1


def test_an_update_that_is_asked_for_runs_in_a_process_of_its_own_and_never_twice(
    shelf: Shelf, capfd: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("tuf", reason="needs the extra fleet")
    with following(shelf) as follower:
        follower.begin_update()
        process = follower._update
        follower.begin_update()
        assert process is not None
        assert follower._update is process
        assert process.wait(60) == 1  # nobody has said where bundles come from
    assert "begin with python -m edge_app update --repository URL" in capfd.readouterr().err
