"""The contract between the exporter and the device: a folder of graphs with a strict manifest."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from edge_app.errors import EdgeError
from edge_app.prediction import Thresholds

MANIFEST = "manifest.json"

Positive = Annotated[int, msgspec.Meta(ge=1)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class Kind(StrEnum):
    """How a bundle carries its posterior."""

    ENSEMBLE = "ensemble"  # K deterministic graphs
    STACKED = "stacked"  # K frozen samples in one graph
    SAMPLED = "sampled"  # one graph that draws its own weights


class Quantisation(StrEnum):
    """How a graph stores its weights."""

    NONE = "none"
    FLOAT16 = "float16"
    DYNAMIC = "dynamic"
    INT8 = "int8"


class Input(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a graph takes: one image's shape, its type, and which values mean paper and ink."""

    shape: tuple[Positive, Positive, Positive]
    dtype: Literal["float32"]
    paper: float
    ink: float


class GraphFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One graph: its file name inside the folder, its size in bytes and its SHA-256."""

    name: str
    bytes: Positive
    sha256: Digest


class Origin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The posterior that the graphs were drawn from, and the seed of the draw."""

    architecture: str
    sha256: Digest
    seed: int


class WarningRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The calibrated warning: total entropy above the threshold promises at most the target risk below it."""

    rule: Literal["total_entropy"]
    threshold_bits: Annotated[float, msgspec.Meta(ge=0)]
    target_risk: Share
    confidence: Share
    samples: Positive
    images: Positive


class Conformal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The split-conformal threshold on 1 - p(label), and the error rate alpha of its label sets."""

    threshold: float
    alpha: Share
    images: Positive


class Figures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one predictor does on one data set; spread and entropies are means over the images, entropies in bits."""

    accuracy: Share
    nll: float
    brier: float
    ece: float
    spread: float
    total_bits: float
    aleatoric_bits: float
    epistemic_bits: float


class Agreement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far the bundle is from the full model under the same weights, image by image and sample by sample.

    Largest, 99.9 percentile and mean |difference| of a sample's class probability, largest one of the predictive
    mean's, the full model's accuracy, share of images with the same label, mean |difference| of the interval's width
    and of the total entropy in bits.
    """

    max_dp: float
    most_dp: float
    mean_dp: float
    predictive_dp: float
    accuracy: Share
    same_label: Share
    spread: float
    entropy_bits: float


class DrawsTest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether a sampled graph draws from the full model's distribution, by a statistical test on doubtful images.

    Draws a source for each image; the probability, were the two alike, of a mean as far off as the farthest, and of a
    ratio of spreads as far from 1; that ratio, the graph's to the full model's, and its standard error.
    """

    images: Positive
    draws: Positive
    mean_p: Share
    spread_p: Share
    spread_ratio: float
    spread_error: float


class CheckFigures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the last offline check found on one data set: the bundle beside the full model.

    Same weights: of kinds that carry frozen ones. Draws: of kind sampled. Kernels: largest difference of a class
    probability between LiteRT's XNNPACK kernels and its builtin ones, with the same random numbers.
    """

    data: str
    images: Positive
    passed: bool
    same_weights: Agreement | None
    draws: DrawsTest | None
    kernels_max_dp: float
    bundle: Figures
    full_model: Figures
    full_model_passes: Positive


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything the device must know about a bundle; `manifest.json` holds exactly these keys."""

    format: Literal["bayes-edge"]
    version: Literal[1]
    kind: Kind
    samples: Positive
    input: Input
    labels: Annotated[tuple[str, ...], msgspec.Meta(min_length=2)]
    files: Annotated[tuple[GraphFile, ...], msgspec.Meta(min_length=1)]
    quantisation: Quantisation
    posterior: Origin
    temperature: Annotated[float, msgspec.Meta(gt=0)]
    warning: WarningRule
    conformal: Conformal
    check: tuple[CheckFigures, ...]
    versions: dict[str, str]

    @property
    def thresholds(self) -> Thresholds:
        """What a prediction is judged by."""
        return Thresholds(self.warning.threshold_bits, self.conformal.threshold)


class Bundle(msgspec.Struct, frozen=True):
    """A bundle in memory: where it came from, its manifest and its graphs' bytes, in the manifest's order."""

    path: Path
    manifest: Manifest
    graphs: tuple[bytes, ...]


def describe_graphs(graphs: Mapping[str, bytes]) -> tuple[GraphFile, ...]:
    """List graphs by file name, size and SHA-256, as a manifest does."""
    return tuple(
        GraphFile(name=name, bytes=len(graph), sha256=hashlib.sha256(graph).hexdigest())
        for name, graph in graphs.items()
    )


def load_bundle(path: Path) -> Bundle:
    """Read a bundle, trusting nothing.

    Raises:
        EdgeError: the folder or a file is missing, the manifest is not exactly version 1, a file name leaves
            the folder, or a file's size or SHA-256 is not the manifest's.
    """
    manifest = _read_manifest(path / MANIFEST)
    expected = manifest.samples if manifest.kind is Kind.ENSEMBLE else 1
    if len(manifest.files) != expected:
        raise EdgeError(
            f"{path / MANIFEST}: found {len(manifest.files)} files, expected {expected} for kind {manifest.kind} "
            f"with {manifest.samples} samples; export the bundle again"
        )
    return Bundle(path, manifest, tuple(_read_graph(path, file) for file in manifest.files))


def write_bundle(path: Path, manifest: Manifest, graphs: Mapping[str, bytes], *, replace: bool = False) -> None:
    """Write a bundle whole or not at all.

    Args:
        path: the folder to make.
        manifest: its `files` describe `graphs`.
        graphs: file name -> flatbuffer.
        replace: put the new bundle in the place of an existing one.

    Raises:
        EdgeError: the path exists and is not to be replaced, or cannot be written.
    """
    if path.exists() and not replace:
        raise EdgeError(f"{path}: exists already; choose another folder or replace it with --force")
    if path.exists() and not (path / MANIFEST).is_file():
        raise EdgeError(f"{path}: exists and is no bundle, so it is not replaced; choose another folder")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as scratch:
            fresh = Path(scratch) / "new"
            fresh.mkdir()
            for name, graph in graphs.items():
                (fresh / name).write_bytes(graph)
            (fresh / MANIFEST).write_bytes(encode_manifest(manifest))
            _put_in_place(fresh, path, Path(scratch) / "old")
    except OSError as error:
        raise EdgeError(f"{path}: cannot be written ({error.strerror or error}); choose another folder") from None


def _put_in_place(fresh: Path, path: Path, old: Path) -> None:
    if not path.exists():
        fresh.rename(path)
        return
    path.rename(old)
    try:
        fresh.rename(path)
    except OSError:
        old.rename(path)
        raise


def rewrite_manifest(path: Path, manifest: Manifest) -> None:
    """Replace the manifest of the bundle at `path` in one step.

    Raises:
        EdgeError: the folder cannot be written.
    """
    fresh = path / f".{MANIFEST}.new"
    try:
        fresh.write_bytes(encode_manifest(manifest))
        fresh.replace(path / MANIFEST)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise EdgeError(f"{path / MANIFEST}: cannot be written ({error.strerror or error})") from None


def encode_manifest(manifest: Manifest) -> bytes:
    """Give the manifest's text, the same bytes for the same manifest."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"


def _read_manifest(path: Path) -> Manifest:
    try:
        text = path.read_bytes()
    except OSError as error:
        raise EdgeError(
            f"{path}: cannot be read ({error.strerror or error}); expected a bundle folder made by export/to_tflite.py"
        ) from None
    try:
        return msgspec.json.decode(text, type=Manifest)
    except msgspec.DecodeError as error:  # ValidationError is one of these
        raise EdgeError(
            f"{path}: {error}; expected a bayes-edge manifest, version 1; export the bundle again"
        ) from None


def _read_graph(folder: Path, file: GraphFile) -> bytes:
    if Path(file.name).name != file.name or file.name in {"", ".", ".."} or "\\" in file.name:
        raise EdgeError(f"{folder / MANIFEST}: found file name {file.name!r}, expected a plain name inside the folder")
    path = folder / file.name
    try:
        if not path.resolve().is_relative_to(folder.resolve()):
            raise EdgeError(f"{path}: leads outside the bundle, expected a file inside the folder; export it again")
        graph = path.read_bytes()
    except OSError as error:
        raise EdgeError(f"{path}: cannot be read ({error.strerror or error}); export the bundle again") from None
    if len(graph) != file.bytes:
        raise EdgeError(f"{path}: found {len(graph)} bytes, expected {file.bytes}; copy or export the bundle again")
    digest = hashlib.sha256(graph).hexdigest()
    if digest != file.sha256:
        raise EdgeError(f"{path}: found SHA-256 {digest}, expected {file.sha256}; copy or export the bundle again")
    return graph
