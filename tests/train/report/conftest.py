"""A small report of what is shipped, and a real browser to open it in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import tf_keras

import edge_app
from edge_app.jobs import HERE, Place
from models.networks import BUILDERS
from models.read_model import read_posterior
from models.runs import PRETRAINED, Input, Record, save_run
from train.report.collect import collect
from train.report.plan import Plan, Sizes
from train.report.results import Report
from train.report.subjects import load_subjects
from train.report.write import whole_folder, write

SHIPPED = Path(edge_app.__file__).parent / "bundles" / "digits"
TINY = Sizes(
    test_stride=50, test_passes=4, corruption_stride=500, corruption_passes=3, curve_stride=500, interval_passes=5
)


@pytest.fixture(scope="session")
def shipped_runs() -> list[Path]:
    return [PRETRAINED / "bayesian", PRETRAINED / "lenet-mixture"]


@pytest.fixture(scope="session")
def shipped_bundle() -> Path:
    return SHIPPED


@pytest.fixture(scope="session")
def plain_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A deterministic network that has learnt nothing."""
    tf_keras.utils.set_random_seed(0)
    folder = tmp_path_factory.mktemp("runs") / "plain"
    record = Record(
        format="bayes-edge-run", version=2, model="deterministic", recipe={}, seed=0, rows=100, holdout=0,
        input=Input(paper=1.0, ink=0.0), labels=tuple("0123456789"),
        epochs=(), finished=True, metrics={}, versions={},
    )  # fmt: skip
    save_run(folder, record, read_posterior(BUILDERS["deterministic"](100)))
    return folder


@pytest.fixture(scope="session")
def measure(shipped_runs: list[Path], plain_run: Path) -> Callable[[Place, Path | None], Report]:
    """Measure the shipped runs, the plain one and the shipped bundle, a little of each."""

    def collected(place: Place, keep: Path | None) -> Report:
        subjects = load_subjects([*shipped_runs, plain_run], [SHIPPED], seed=0)
        return collect(Plan(subjects, TINY, seed=0, corruptions=("spatter", "fog")), place, keep)

    return collected


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where what comes of the report's shards is kept."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="session")
def report(measure: Callable[[Place, Path | None], Report], kept: Path) -> Report:
    return measure(HERE, kept)


@pytest.fixture(scope="session")
def folder(report: Report, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("written") / "report"
    with whole_folder(path) as fresh:
        write(report, fresh)
    return path
