import json
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from edge_app.finder import Box, Digit, Digits, Spent, find_digits
from edge_app.frame_time import Limits
from edge_app.options import DEFAULT_BUNDLE
from edge_app.outputs import encode_reading
from edge_app.reader import AT_ONCE, Reader, open_classifier
from edge_app.runtime.bundle import load_bundle, write_bundle
from edge_app.runtime.classifier import Classifier
from edge_app.runtime.errors import EdgeError
from edge_app.runtime.manifest import Input, Manifest
from edge_app.runtime.prediction import predict, predict_batch
from edge_app.sources import Frame
from edge_app.stop import StoppedError
from edge_app.summary import Summary


def test_a_page_is_read(page: NDArray[np.uint8], classifier: Classifier) -> None:
    result = Reader(classifier).read(Frame(page, 0.0))
    assert [prediction.label for prediction in result.raw.predictions] == [8, 0, 5]
    assert (result.raw.name, result.raw.samples) == ("raw", classifier.manifest.samples)
    assert result.latency.total >= result.latency.find + result.latency.classify


@pytest.mark.parametrize("size", [(1, 1), (480, 640)])
def test_an_empty_picture_has_no_digits(classifier: Classifier, size: tuple[int, int]) -> None:
    result = Reader(classifier).read(Frame(np.full((*size, 3), 230, np.uint8), 0.0))
    assert result.digits == result.raw.predictions == result.steady.predictions == ()


def test_the_raw_reading_is_of_this_frame_and_the_steady_one_of_all_lately(
    page: NDArray[np.uint8], classifier: Classifier
) -> None:
    reader = Reader(classifier)
    dim = np.asarray(page // 2 + 40, np.uint8)
    first, second = reader.read(Frame(page, 0.0)), reader.read(Frame(dim, 0.1))
    assert (first.index, second.index) == (0, 1)
    probabilities = [classifier.probabilities(np.stack([d.image for d in r.digits])) for r in (first, second)]
    thresholds = classifier.manifest.thresholds
    assert second.raw.predictions == tuple(predict_batch(probabilities[1], thresholds))
    for number, prediction in enumerate(second.steady.predictions):
        assert prediction == predict(np.concatenate([p[number] for p in probabilities]), thresholds)
    assert first.steady.predictions == first.raw.predictions


def test_fewer_samples_change_the_steady_reading_alone(page: NDArray[np.uint8], classifier: Classifier) -> None:
    result = Reader(classifier).read(Frame(page, 0.0))
    fewer = result.with_samples(5)
    assert (fewer.steady.name, fewer.steady.samples) == ("steady", 5)
    assert fewer.steady.predictions != result.steady.predictions
    assert fewer.raw == result.raw


def test_another_finder_may_be_passed_in(classifier: Classifier, page: NDArray[np.uint8]) -> None:
    blank = Digit(Box(1, 2, 3, 4), np.ones((28, 28, 1), np.float32))
    result = Reader(classifier, finder=lambda *_: Digits((blank,))).read(Frame(page, 0.0))
    assert result.digits == (blank,)
    assert len(result.raw.predictions) == 1


def many(count: int) -> Digits:
    image = np.ones((28, 28, 1), np.float32)
    return Digits(Digit(Box(n, 0, 9, 9), image) for n in range(count))


def test_a_frame_of_many_digits_is_given_up_when_asked(classifier: Classifier, page: NDArray[np.uint8]) -> None:
    digits = many(100)
    looks = iter(range(2))

    def check() -> None:
        if next(looks, None) is None:
            raise StoppedError

    with pytest.raises(StoppedError):
        Reader(classifier, finder=lambda *_: digits, check=check).read(Frame(page, 0.0))


def test_a_frame_of_too_many_digits_says_so(classifier: Classifier, page: NDArray[np.uint8]) -> None:
    digits = many(5)
    for most, more in ((4, True), (5, False)):
        result = Reader(classifier, finder=lambda *_: digits, limits=Limits(most, 60.0)).read(Frame(page, 0.0))
        assert result.digits == digits[:most]
        assert len(result.raw.predictions) == most
        assert result.more is more
        line = json.loads(encode_reading(result, result.raw, classifier.labels))
        assert line.get("more", False) is more
        summary = Summary()
        summary.add(result)
        assert ("; 1 frame held more digits than were read" in str(summary)) is more


def test_a_frame_whose_time_is_up_says_that_there_is_more(classifier: Classifier, page: NDArray[np.uint8]) -> None:
    result = Reader(classifier, limits=Limits(250, 0.0)).read(Frame(page, 0.0))
    assert (result.digits, result.more) == ((), True)
    result = Reader(classifier, limits=Limits(250, 0.0), finder=lambda *_: many(100)).read(Frame(page, 0.0))
    assert (len(result.digits), result.more) == (AT_ONCE, True)


def _write_like_shipped(path: Path, **changes: object) -> None:
    bundle = load_bundle(DEFAULT_BUNDLE)
    manifest: Manifest = msgspec.structs.replace(bundle.manifest, **changes)
    names = [file.name for file in bundle.manifest.files]
    write_bundle(path, manifest, dict(zip(names, bundle.graphs, strict=True)))


@pytest.mark.parametrize(
    ("as_taken", "turned", "more", "taken"),
    [
        ("blank", "clear", False, True),
        ("blank", "clear", True, False),  # it was not read to the end
        ("clear", "blank", False, False),
        ("clear", "clear", False, False),  # no better
    ],
)
def test_a_leaning_page_is_read_straight_if_that_leaves_less_doubt(
    page: NDArray[np.uint8], classifier: Classifier, *, as_taken: str, turned: str, more: bool, taken: bool
) -> None:
    images = {"blank": np.ones((28, 28, 1), np.float32), "clear": find_digits(page)[0].image}
    leaning = np.full((480, 640), 220, np.uint8)
    for y in range(-100, 600, 60):
        cv2.line(leaning, (0, y), (640, y + 110), 60, 2)

    def find(image: NDArray[np.uint8], _: Spent) -> Digits:
        same = image.shape == leaning.shape
        x, y = image.shape[1] // 2, image.shape[0] // 2
        digits = Digits(Digit(Box(x, y, 20, 30), images[as_taken if same else turned]) for _ in range(6))
        digits.more = more and not same
        return digits

    result = Reader(classifier, finder=find).read(Frame(leaning, 0.0))
    assert [prediction.unsure for prediction in result.raw.predictions] == 6 * [not taken and as_taken == "blank"]
    assert (result.digits[0].box == Box(320, 240, 20, 30)) is not taken
    assert result.digits[0].box.x == pytest.approx(320, abs=12)


def test_a_bundle_gets_paper_and_ink_as_it_wants_them(tmp_path: Path) -> None:
    _write_like_shipped(tmp_path / "inverted", input=Input((28, 28, 1), "float32", paper=0.0, ink=1.0))
    image = np.random.default_rng(0).random((28, 28, 1), np.float32)

    def read(bundle: Path, image: NDArray[np.float32]) -> object:
        reader = Reader(open_classifier(bundle, threads=1), finder=lambda *_: Digits((Digit(Box(0, 0, 9, 9), image),)))
        return reader.read(Frame(np.zeros((9, 9, 3), np.uint8), 0.0)).raw

    turned = 1 - image
    assert read(tmp_path / "inverted", image) == read(DEFAULT_BUNDLE, turned)
    assert read(DEFAULT_BUNDLE, image) != read(DEFAULT_BUNDLE, turned)


def test_a_bundle_for_images_of_another_shape_is_refused(tmp_path: Path) -> None:
    _write_like_shipped(tmp_path / "bars", input=Input((12, 12, 1), "float32", paper=1.0, ink=0.0))
    with pytest.raises(EdgeError, match=r"found tensor|takes images 12 x 12 x 1, expected 28 x 28 x 1"):
        open_classifier(tmp_path / "bars", threads=1)
