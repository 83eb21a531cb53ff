from pathlib import Path

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from edge_app.options import DEFAULT_BUNDLE
from edge_app.reader import open_classifier, read_frame
from edge_app.runtime.bundle import load_bundle, write_bundle
from edge_app.runtime.classifier import Classifier
from edge_app.runtime.errors import EdgeError
from edge_app.runtime.manifest import Input


def test_a_page_is_read(page: NDArray[np.uint8], classifier: Classifier) -> None:
    reading = read_frame(page, classifier)
    assert reading.predictions.label.tolist() == [8, 0, 5]
    assert reading.probabilities.shape == (3, classifier.manifest.samples, 10)
    assert reading.latency.total >= reading.latency.find + reading.latency.classify


@pytest.mark.parametrize("size", [(1, 1), (480, 640)])
def test_an_empty_picture_has_no_digits(classifier: Classifier, size: tuple[int, int]) -> None:
    reading = read_frame(np.full((*size, 3), 230, np.uint8), classifier)
    assert reading.digits == ()
    assert reading.probabilities.shape[0] == 0


def test_a_bundle_for_other_images_is_refused(tmp_path: Path) -> None:
    bundle = load_bundle(DEFAULT_BUNDLE)
    inverted = msgspec.structs.replace(bundle.manifest, input=Input((28, 28, 1), "float32", paper=0.0, ink=1.0))
    names = [file.name for file in bundle.manifest.files]
    write_bundle(tmp_path / "inverted", inverted, dict(zip(names, bundle.graphs, strict=True)))
    with pytest.raises(
        EdgeError, match=r"takes images 28 x 28 x 1 with paper 0 and ink 1, expected .* paper 1 and ink 0"
    ):
        open_classifier(tmp_path / "inverted", threads=1)
