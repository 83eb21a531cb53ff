"""What a bundle says of itself: every key of `manifest.json`, and the range of every number.

The text ends with a checksum over itself, so that a manifest with a changed bit is refused. That guards against bad
copies, not against whoever can compute a checksum anew.
"""

from __future__ import annotations

import hashlib
import json
import math
from enum import StrEnum
from typing import Annotated, Any, Final, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from edge_app.runtime.drift import BINS
from edge_app.runtime.errors import EdgeError
from edge_app.runtime.prediction import Sampling, Thresholds

VERSION: Final = 2
TEMPERATURES: Final = (0.5, 2.0)
"""Between these a temperature is fitted."""
ALWAYS: Final = -1.0
"""The warning threshold below every entropy: each image carries a warning."""
NO_CHECKSUM: Final = "0" * 64

Positive = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
Side = Annotated[int, msgspec.Meta(ge=1, le=4096)]
Seed = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
Level = Annotated[float, msgspec.Meta(ge=-1e6, le=1e6)]
Share = Annotated[float, msgspec.Meta(gt=0, lt=1)]
Digest = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
FileName = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z_][0-9A-Za-z_.-]*\Z", max_length=200)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Kind(StrEnum):
    """How a bundle carries its posterior."""

    ENSEMBLE = "ensemble"  # deterministic graphs, of one sample each or of an equal share
    STACKED = "stacked"  # K frozen samples in one graph
    SAMPLED = "sampled"  # one graph that draws its own weights
    MOMENTS = "moments"  # one graph of means and variances; K points of the logits' Gaussian

    @property
    def sampling(self) -> Sampling:
        """How its K samples stand for the posterior."""
        return Sampling.EVEN if self is Kind.MOMENTS else Sampling.INDEPENDENT


class Quantisation(StrEnum):
    """How a graph stores its weights."""

    NONE = "none"
    FLOAT16 = "float16"
    DYNAMIC = "dynamic"
    INT8 = "int8"


class CalibratedOn(StrEnum):
    """What a warning's threshold was chosen on; its promise holds for inputs like these."""

    IMAGES = "images"  # a data set's own, cut out and centred as the data set has them
    PAGES = "pages"  # all boxes that the app shows on generated pages, digits or not


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part of the manifest. A key that is added later has a default, and is not written where it has that."""


class Input(_Part, frozen=True):
    """What a graph takes: an image's shape (height, width, channels), its type, and which values mean paper and ink."""

    shape: tuple[Side, Side, Side]
    dtype: Literal["float32"]
    paper: Level
    ink: Level

    def __post_init__(self) -> None:
        if self.paper == self.ink:
            raise ValueError(f"found paper and ink both {self.paper:g}, expected two values")

    def from_paper_and_ink(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        """Turn images whose paper is 1 and whose ink is 0 into what the graph takes, float32 of the same shape."""
        return images * np.float32(self.paper) + (1 - images) * np.float32(self.ink)


class GraphFile(_Part, frozen=True):
    """One graph, or the carried posterior: its file name inside the folder, its size in bytes and its SHA-256."""

    name: FileName
    bytes: Positive
    sha256: Digest


class Origin(_Part, frozen=True):
    """The posterior that the graphs were drawn from, and the seed of the draw.

    The calibrated seed is that of the samples that the thresholds were calibrated on, where those were others.
    """

    architecture: Name
    sha256: Digest
    seed: Seed
    calibrated_seed: Seed | None = None


class WarningRule(_Part, frozen=True):
    """The calibrated warning: a total entropy above the threshold carries one.

    The threshold in bits is all that the device reads; -1 warns of every image, because no other kept the promise. The
    rest states the promise: at most the target risk of errors among what carries no warning, with this confidence, for
    inputs like those that it was calibrated on, at so many weight samples. Doubted is the share of the calibration
    images that were to carry a warning at the least, images their number.
    """

    rule: Literal["total_entropy"]
    threshold_bits: Annotated[float, msgspec.Meta(ge=-1)]
    target_risk: Share
    confidence: Share
    doubted: Annotated[float, msgspec.Meta(ge=0, lt=1)]
    calibrated_on: CalibratedOn
    samples: Positive
    images: Positive


class Conformal(_Part, frozen=True):
    """The split-conformal threshold on 1 - p(label), the error rate alpha of its label sets, and the images used.

    A threshold of 1 puts every class into every set: there were too few images for alpha.
    """

    threshold: Annotated[float, msgspec.Meta(ge=0, le=1)]
    alpha: Share
    images: Positive


class Manifest(_Part, frozen=True):
    """Everything the device must know about a bundle.

    With fewer `samples` than `prediction.FEWEST_FOR_INTERVAL`, intervals cover less than the 95 % that they are for.
    `quantisation`, `posterior` and `versions` are metadata, for people and for the offline check: no reading depends on
    them. `carried` describes the file with the posterior itself, where there is one: only `reseed` reads it.
    `entropy_counts` says how many calibration images had which total entropy, as `drift.count_scores` counts them: a
    device holds the digits that it sees against them. It is empty where nobody counted.
    """

    format: Literal["bayes-edge"]
    version: Literal[2]
    kind: Kind
    samples: Positive
    input: Input
    labels: Annotated[tuple[Name, ...], msgspec.Meta(min_length=2, max_length=100_000)]
    files: Annotated[tuple[GraphFile, ...], msgspec.Meta(min_length=1, max_length=100_000)]
    quantisation: Quantisation
    posterior: Origin
    temperature: Annotated[float, msgspec.Meta(ge=TEMPERATURES[0], le=TEMPERATURES[1])]
    warning: WarningRule
    conformal: Conformal
    versions: dict[Name, Name]
    carried: GraphFile | None = None
    entropy_counts: Annotated[tuple[Count, ...], msgspec.Meta(max_length=BINS)] = ()

    def __post_init__(self) -> None:
        most = math.log2(max(len(self.labels), 1)) + 1e-9  # the entropy of even chances, as rounded
        found = self.warning.threshold_bits
        if found != ALWAYS and not 0 <= found <= most:
            raise ValueError(f"found warning threshold {found:g} bits, expected 0 to {most:.3f}, or -1")
        if len(set(self.labels)) != len(self.labels):
            raise ValueError("found a label twice, expected a name for each class")
        if len({file.name for file in self.files}) != len(self.files):
            raise ValueError("found a file name twice, expected a file for each graph")
        if self.entropy_counts and (len(self.entropy_counts) != BINS or sum(self.entropy_counts) == 0):
            raise ValueError(f"found {len(self.entropy_counts)} entropy counts, expected {BINS}, not all of them 0")
        for label in self.labels:
            if not label.isprintable() or label.isspace():
                raise ValueError(f"found label {label!r}, expected a name that can be printed")

    @property
    def thresholds(self) -> Thresholds:
        """What a prediction is judged by."""
        return Thresholds(self.warning.threshold_bits, self.conformal.threshold, self.kind.sampling)


class _Written(Manifest, frozen=True, kw_only=True):
    """A manifest as it is written: its last key is the SHA-256 of the text in which that key's digits are zeros."""

    checksum: Digest


def encode_manifest(manifest: Manifest) -> bytes:
    """Give the manifest's text, the same bytes for the same manifest."""
    written = _Written(**msgspec.structs.asdict(manifest), checksum=NO_CHECKSUM)
    text = msgspec.json.format(msgspec.json.encode(written), indent=2) + b"\n"
    return _with_checksum(text, NO_CHECKSUM, hashlib.sha256(text).hexdigest())


def decode_manifest(text: bytes, source: str) -> Manifest:
    """Read a manifest strictly.

    Args:
        text: JSON.
        source: where it comes from, for messages.

    Raises:
        EdgeError: it is not exactly a manifest of version 2, holds a key twice, or does not fit its checksum.
    """
    try:
        written = msgspec.json.decode(text, type=_Written)
        json.loads(text, object_pairs_hook=_without_repeats)  # of a key that stands twice msgspec takes the last
    except (msgspec.DecodeError, ValueError) as error:  # a ValueError: no UTF-8, or a key that stands twice
        raise EdgeError(
            f"{source}: {error}; expected a bayes-edge manifest, version {VERSION}; export the bundle again"
        ) from None
    blank = _with_checksum(text, written.checksum, NO_CHECKSUM)
    found = hashlib.sha256(blank).hexdigest()
    if found != written.checksum:
        raise EdgeError(
            f"{source}: found checksum {found}, expected {written.checksum}; copy or export the bundle again"
        )
    parts = msgspec.structs.asdict(written)
    del parts["checksum"]
    return Manifest(**parts)


def manifest_schema() -> dict[str, Any]:
    """Give the JSON schema of `manifest.json`, draft 2020-12; `decode_manifest` refuses more than it can say."""
    schema: dict[str, Any] = _with_plain_ends(msgspec.json.schema(_Written))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _with_plain_ends(part: Any) -> Any:
    r"""Write the end of a pattern as JavaScript has it: `$`, not Python's `\Z`."""
    if isinstance(part, dict):
        return {key: _with_plain_ends(value) for key, value in part.items()}
    if isinstance(part, list):
        return [_with_plain_ends(value) for value in part]
    return f"{part[:-2]}$" if isinstance(part, str) and part.endswith(r"\Z") else part


def _with_checksum(text: bytes, old: str, new: str) -> bytes:
    """Put another checksum into the manifest's text, whose last key it is."""
    head, _, tail = text.rpartition(old.encode())
    return head + new.encode() + tail


def _without_repeats(pairs: list[tuple[str, Any]]) -> None:
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        repeated = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"found key {repeated!r} twice")
