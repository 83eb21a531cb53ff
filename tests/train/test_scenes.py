"""Measuring the app from the picture to the label."""

import json
import pickle  # what Dask sends
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from dataset.scenes import render_page
from dataset.scenes.kinds import Kind
from edge_app.options import DEFAULT_BUNDLE
from edge_app.reader import read_frame
from edge_app.runtime.bundle import load_bundle
from edge_app.runtime.classifier import Classifier
from train.errors import TrainError
from train.evaluate.pinned import PinnedBundle
from train.evaluate.scenes.form import measure_form
from train.evaluate.scenes.grids import Grid, askew, read_grids
from train.evaluate.scenes.measure import Page, Pages, measure_grid, measure_kinds, read_page
from train.evaluate.scenes.tally import Tally, tally
from train.evaluate.scenes.worst import draw_worst
from train.scenes import main

PHOTOGRAPHS = Path(__file__).parents[2] / ".." / "shared"


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier(load_bundle(DEFAULT_BUNDLE))


def test_a_tidy_page_is_counted_as_it_is(classifier: Classifier) -> None:
    page = render_page(3)
    counts = tally(page, read_frame(page.image, classifier))
    assert (counts.pages, counts.digits, counts.found, counts.shown, counts.strange) == (1, 12, 12, 12, 0)
    assert counts.recall == counts.precision == 1
    assert counts.right >= 10


def test_a_wrong_label_and_a_box_on_nothing_are_errors(classifier: Classifier) -> None:
    page = render_page(3)
    result = read_frame(page.image, classifier)
    lied = type(page)(page.image, tuple(type(d)(d.box, (d.label + 1) % 10, d.index) for d in page.digits[:-1]))
    counts = tally(lied, result)
    unsure = sum(prediction.unsure for prediction in result.raw.predictions)
    assert counts.right == sum(
        digit.label == prediction.label for digit, prediction in zip(lied.digits, result.raw.predictions, strict=False)
    )
    assert counts.strange == 1
    assert counts.silent >= len(result.digits) - unsure - counts.right


def test_counts_add_up() -> None:
    both = Tally(pages=1, digits=4, found=3, right=2, shown=5, strange=2) + Tally(pages=1, digits=6, found=6, shown=5)
    assert (both.pages, both.recall, both.precision, both.silent_share) == (2, 0.9, 0.8, 0)


def test_pages_of_a_kind_are_measured_once(tmp_path: Path) -> None:
    pages = Pages([Kind.SIGNATURE], count=2)
    measured = measure_kinds(pages, DEFAULT_BUNDLE, keep=tmp_path)
    assert measure_kinds(pages, DEFAULT_BUNDLE, keep=tmp_path) == measured  # with the times, to the last bit
    (row,) = measured.rows
    assert row.kind == Kind.SIGNATURE
    assert row.tally.pages == 2
    assert row.tally == sum((counts for _, counts in measured.pages), Tally())
    assert row.tally.recall > 0.8
    assert row.find_ms > 0


def test_a_page_and_its_counts_travel_to_another_process_and_back() -> None:
    page = Page("mixed", "test", 3, PinnedBundle.at(DEFAULT_BUNDLE))
    counted = read_page(_sent(page))
    assert _sent(counted) == counted
    assert counted.tally == measure_kinds(Pages(["mixed"], count=1, seed=3), DEFAULT_BUNDLE).rows[0].tally


def _sent(item: Any) -> Any:
    return pickle.loads(pickle.dumps(item))  # noqa: S301 - its own


def test_the_worst_pages_alone_are_drawn(tmp_path: Path) -> None:
    pinned, missed = PinnedBundle.at(DEFAULT_BUNDLE), {0: 5, 1: 0, 2: 9, 3: 1, 4: 7}
    pages = [
        (Page(Kind.CLOSE, "test", number, pinned), Tally(digits=12, found=12 - count))
        for number, count in missed.items()
    ]
    draw_worst(pages, tmp_path / "worst")
    names = sorted(path.name for path in (tmp_path / "worst").iterdir())
    assert names == ["close-0.png", "close-2.png", "close-4.png"]


def test_the_command_prints_a_table_and_writes_every_number(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "scenes.json"
    assert main(["--kinds", "mixed", "close", "--count", "1", "--json", str(path)]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("| page | pages | digits | recall | precision |")
    assert printed.out.splitlines()[-1].startswith("| all generated | 2 | ")
    assert printed.err == ""
    assert [row["kind"] for row in json.loads(path.read_text())["kinds"]] == ["mixed", "close"]


def test_a_folder_without_a_list_is_refused_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--count", "1", "--photos", str(tmp_path)]) == 1
    message = capsys.readouterr().err
    assert message.startswith(f"scenes: {tmp_path / 'labels.csv'}: ")
    assert message.count("\n") == 1


@pytest.mark.parametrize("arguments", [["--count", "0"], ["--kinds", "papyrus"], ["--pages", "somewhere"]])
def test_usage_errors(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2


def test_a_photographed_grid_knows_its_cells(classifier: Classifier) -> None:
    grids = PHOTOGRAPHS / "pages"
    if not grids.is_dir():
        pytest.skip("the photographs of sudokus are not here")
    grid = next(g for g in read_grids(grids, PHOTOGRAPHS / "photos" / "labels.csv") if g.name == "image1002")
    assert len(grid.labels) == 8
    assert grid.cell((65, 240)) == (0, 0)  # the printed 9
    assert grid.cell((10, 10)) is None
    row, _ = measure_grid(grid, classifier)
    assert row.tally.digits == 8
    assert row.tally.recall > 0.9


def test_a_point_belongs_to_the_cell_around_it() -> None:
    corners = np.stack(np.meshgrid(np.arange(10), np.arange(10)), axis=-1).astype(np.float32) * 20 + 5
    grid = Grid("drawn", np.zeros((200, 200, 3), np.uint8), corners, {})
    assert grid.cell((5 + 20 * 3.5, 5 + 20 * 7.2)) == (7, 3)
    assert grid.cell((2, 100)) is None
    assert grid.height(4, 4) == 20


@pytest.mark.parametrize("degrees", [-30, 90, 12])
def test_a_page_askew_shows_the_same_in_its_cells(degrees: float) -> None:
    corners = np.stack(np.meshgrid(np.arange(10), np.arange(10)), axis=-1).astype(np.float32) * 20 + 15
    image = np.full((210, 260, 3), 220, np.uint8)
    cv2.circle(image, (85, 145), 5, (0, 0, 0), cv2.FILLED)  # in row 6, column 3
    turned = askew(Grid("drawn", image, corners, {}), degrees)
    y, x = np.nonzero(turned.image.max(axis=2) < 60)
    assert len(x) == pytest.approx(81, abs=12)
    assert turned.cell((float(x.mean()), float(y.mean()))) == (6, 3)
    assert turned.height(6, 3) == pytest.approx(20, abs=0.1)
    right = np.array(turned.corners[0, 9] - turned.corners[0, 0])
    assert np.degrees(np.arctan2(right[1], right[0])) == pytest.approx(degrees, abs=0.1)  # y points down


def test_a_photograph_without_a_grid_is_refused(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "blank.jpg"), np.full((300, 300, 3), 220, np.uint8))
    (tmp_path / "labels.csv").write_text("file,label\nblank_r0c0_1.png,1\n")
    with pytest.raises(TrainError, match=r"blank\.jpg: shows no grid"):
        read_grids(tmp_path, tmp_path / "labels.csv")


@pytest.mark.slow
def test_the_digits_of_a_large_scan_are_found() -> None:
    """35 megapixels, 1,150 digits; seen: nothing at all was found, and nothing was said."""
    form = measure_form(DEFAULT_BUNDLE, seed=1)
    assert form.digits == 1150
    assert form.found >= 0.98 * form.digits
