"""The contact sheet shows what the data sets hold."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dataset import load_split
from dataset.contact_sheet import main


@pytest.mark.slow
@pytest.mark.usefixtures("cache")
def test_the_sheet_shows_a_row_for_each_corruption(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "sheet.png"
    assert main(["stripe", "brightness", "--out", str(path)]) == 0
    assert capsys.readouterr().out.strip() == str(path)
    sheet = np.asarray(Image.open(path))
    for row, name in enumerate(("stripe", "brightness")):
        split = load_split(f"MNIST_corrupted/{name}", "test")
        for column, position in ((0, 0), (1, 0), (9, 0), (10, 1), (19, 1)):
            index = np.flatnonzero(split.y == column % 10)[position]
            top, left = 6 + 62 * row, 130 + 62 * column
            shown = sheet[top : top + 56 : 2, left : left + 56 : 2]
            np.testing.assert_array_equal(shown, np.rint(255 * split.x[index, ..., 0]))


def test_an_unknown_corruption_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["smog"])
    assert caught.value.code == 2
    assert "unknown corruption 'smog'; expected one of identity," in capsys.readouterr().err


@pytest.mark.usefixtures("cache")
def test_a_sheet_that_cannot_be_written_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stripe", "--out", str(tmp_path / "nowhere" / "sheet.png")]) == 1
    error = capsys.readouterr().err
    assert error.startswith("contact_sheet: ")
    assert error.count("\n") == 1
