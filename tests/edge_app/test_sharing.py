"""Pictures that other processes look at are read as in this one, in their order."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge_app.app import Options, run
from edge_app.jobs import Place
from edge_app.options import DEFAULT_BUNDLE
from edge_app.outputs import JsonLines, Stills, Text
from edge_app.reader import Reader, open_classifier
from edge_app.runtime.errors import EdgeError
from edge_app.sharing import SharedReader, With, look_at
from edge_app.sources import Frame
from edge_app.sources.decode import read_picture
from edge_app.stop import Stop

pytestmark = pytest.mark.filterwarnings("default")  # Dask's own, at the end of its event loops


@pytest.fixture
def folder(tmp_path: Path, page: NDArray[np.uint8]) -> Path:
    """Four pictures, one of which is none, and one in which nothing is written."""
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for number, image in ((1, page), (2, page[:, ::2]), (10, np.full_like(page, 230))):
        cv2.imwrite(str(pictures / f"{number}.png"), image)
    (pictures / "3.png").write_bytes(b"no picture")
    return pictures


@pytest.mark.slow
def test_processes_read_a_folder_as_one_does(folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("distributed", reason="the extra cluster is not installed")
    written = {}
    for name, place in (("alone", Place()), ("shared", Place(workers=2))):
        out = tmp_path / name
        out.mkdir()
        outputs = (JsonLines(str(out / "lines")), Text(str(out / "text")), Stills(out / "still.png"))
        summary = run(Options(str(folder), headless=True, outputs=outputs, place=place))
        assert (summary.frames, summary.unread) == (3, 1)
        lines = [json.loads(line) for line in (out / "lines").read_text().splitlines()]
        for line in lines:
            line.pop("latency_ms")
        stills = {path.name: cv2.imread(str(path)).tobytes() for path in out.glob("*.png")}
        assert len(stills) == 3
        written[name] = lines, (out / "text").read_text(), stills.keys()
    assert written["alone"] == written["shared"]
    assert capfd.readouterr().err.count("3.png") == 2


def test_a_look_from_elsewhere_is_the_readers_own(folder: Path) -> None:
    classifier = open_classifier(DEFAULT_BUNDLE, 1)
    look = look_at((folder / "1.png", With(DEFAULT_BUNDLE, classifier.bundle.digest, None, 1)))
    assert look is not None
    own = Reader(classifier, pooled_s=0.0).look(read_picture(folder / "1.png").image)
    assert len(own.digits) > 0
    assert look.predictions == own.predictions
    assert look_at((folder / "3.png", With(DEFAULT_BUNDLE, classifier.bundle.digest, None, 1))) is None


def test_a_picture_that_only_its_source_can_read_is_told_and_one_that_it_skips_is_skipped(folder: Path) -> None:
    classifier = open_classifier(DEFAULT_BUNDLE, 1)
    read_with = With(DEFAULT_BUNDLE, classifier.bundle.digest, None, 1)
    paths = [folder / name for name in ("3.png", "1.png", "3.png")]
    with Stop() as stop:
        shared = SharedReader(Reader(classifier, pooled_s=0.0), paths, read_with, Place(), stop)
        image = read_picture(paths[1]).image
        assert shared.read(Frame(image, 0.0, picture=str(paths[1]))).digits
        with pytest.raises(EdgeError, match=r"3\.png: a worker could not read it; let every worker see it under"):
            shared.read(Frame(image, 1.0, picture=str(paths[2])))
        shared.close()


def test_a_process_with_another_bundle_says_so(folder: Path) -> None:
    with pytest.raises(EdgeError, match=r"a worker found bundle .*, expected 000000000000; give all of them the same"):
        look_at((folder / "1.png", With(DEFAULT_BUNDLE, "0" * 64, None, 1)))


def test_only_pictures_are_shared_out() -> None:
    with pytest.raises(EdgeError, match=r"--workers, --cluster: found .*digits\.mp4, expected a folder of pictures"):
        run(Options("demo", headless=True, place=Place(workers=2)))
