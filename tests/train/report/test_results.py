"""What a report holds is what its parts say it should."""

import dataclasses
import json
import math
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest

from dataset import load_split
from edge_app.jobs import HERE, Place
from edge_app.runtime.bundle import load_bundle
from edge_app.runtime.classifier import Classifier
from models.predictive import sample_probabilities
from models.rebuild import rebuild
from models.runs import load_run
from train.errors import TrainError
from train.evaluate.scores import score
from train.report.facts import BundleFacts, RunFacts, judge
from train.report.figures.prior import densities
from train.report.results import Report
from train.report.selection import CLEAN, CORRUPTED, pick_by_index
from train.report.subjects import BundleSource, RunSource, load_subjects
from train.report.summary import summarise
from train.report.write import rounded, whole_folder, write

pytestmark = pytest.mark.slow

DATA = (CLEAN, CORRUPTED)


@pytest.mark.filterwarnings("default")  # Dask's own, at the end of its event loop
def test_the_same_report_from_another_process_is_the_same_file(
    measure: Callable[[Place, Path | None], Report], folder: Path, tmp_path: Path
) -> None:
    pytest.importorskip("distributed", reason="the extra cluster is not installed")
    with whole_folder(tmp_path / "again") as fresh:
        write(measure(Place(workers=1), None), fresh)
    again = tmp_path / "again"
    for name in ("metrics.json", "index.html", "prior.svg", "chosen-1.svg", "chosen-1.png"):
        assert (again / name).read_bytes() == (folder / name).read_bytes(), name


def test_the_same_report_from_what_is_kept_is_the_same(
    measure: Callable[[Place, Path | None], Report], report: Report, kept: Path
) -> None:
    written = {path: path.stat().st_mtime_ns for path in kept.iterdir()}
    assert len(written) == 23  # of four subjects on two test sets and three samples each, three of them against K
    assert msgspec.json.encode(measure(HERE, kept)) == msgspec.json.encode(report)
    assert {path: path.stat().st_mtime_ns for path in kept.iterdir()} == written


def test_a_process_that_finds_something_else_says_so(shipped_runs: list[Path], shipped_bundle: Path) -> None:
    for subject in load_subjects(shipped_runs[:1], [shipped_bundle], seed=0):
        assert isinstance(subject.source, RunSource | BundleSource)
        with pytest.raises(TrainError, match=r"found [0-9a-f]{12}, expected 0{12}; .* every worker see the same"):
            dataclasses.replace(subject.source, digest="0" * 64).open()


def test_the_seed_decides_the_passes(shipped_runs: list[Path]) -> None:
    images = load_split(CLEAN, "test").x[:10]
    once, again, other = (
        load_subjects([run], [], seed)[0].probabilities(images, 3) for run in shipped_runs[:1] for seed in (0, 0, 1)
    )
    assert (once == again).all()
    assert (once != other).any()


def test_metrics_are_plain_json_without_a_place_on_this_machine(folder: Path) -> None:
    text = (folder / "metrics.json").read_text()
    assert json.loads(text, parse_constant=pytest.fail)["format"] == "bayes-edge-report"
    assert str(folder.parent) not in text
    assert "/" not in text.replace("MNIST_corrupted/", "")


def test_scores_are_those_of_the_network(report: Report, shipped_runs: list[Path]) -> None:
    run = next(run for run in shipped_runs if run.name == "bayesian")
    name = next(
        facts.name for facts in report.subjects if isinstance(facts, RunFacts) and facts.name.endswith(run.name)
    )
    split = load_split(CLEAN, "test")
    p = sample_probabilities(rebuild(load_run(run)), split.x[::50], 4, 0)
    test = report.test(name, CLEAN)
    assert test.mean.evaluation.counts.images == 200
    assert test.mean.passes == 4
    assert test.mean.evaluation.scores == score(p.mean(axis=1, dtype=np.float64), split.y[::50])
    assert test.one_pass.evaluation.scores == score(p[:, 0], split.y[::50])


def test_a_bundle_is_measured_on_litert_with_its_own_samples(report: Report, shipped_bundle: Path) -> None:
    facts = next(facts for facts in report.subjects if isinstance(facts, BundleFacts))
    split = load_split(CLEAN, "test")
    classifier = Classifier(load_bundle(shipped_bundle))
    mean = classifier.classify_batch(split.x[::50]).mean
    assert report.test(facts.name, CLEAN).best.passes == facts.samples
    assert report.test(facts.name, CLEAN).best.evaluation.scores == score(mean, split.y[::50])


def test_groups_and_confusion_hold_every_image(report: Report) -> None:
    for test in report.tests:
        for measured in filter(None, (test.one_pass, test.mean)):
            counts, scores, doubt = measured.evaluation.counts, measured.evaluation.scores, measured.evaluation.doubt
            confusion = np.array(measured.confusion)
            assert confusion.sum() == counts.images == measured.right.count + measured.wrong.count
            assert np.trace(confusion) == counts.right == measured.right.count == sum(measured.right.histogram)
            assert sum(measured.wrong.histogram) == measured.wrong.count
            assert sum(b.count for b in measured.reliability) == counts.images
            assert measured.risk[-1] == pytest.approx(1 - scores.accuracy)
            assert doubt.total_bits >= doubt.aleatoric_bits - 1e-9


def test_a_network_whose_passes_do_not_differ_has_one_pass_and_no_spread(report: Report) -> None:
    test = report.test("plain", CLEAN)
    assert test.mean is None
    assert test.crossed is None
    assert test.one_pass.evaluation.finds_errors.mutual_information is None
    assert test.one_pass.evaluation.finds_errors.spread is None
    assert "plain" not in {curve.subject for curve in report.samples}


def test_figures_against_k_end_at_every_pass(report: Report) -> None:
    for curve in report.samples:
        assert curve.points[0].passes == 1
        assert curve.points[0].doubt.spread == 0
        assert curve.points[-1].distance == pytest.approx(0, abs=1e-7)
        assert [p.passes for p in curve.points] == sorted(p.passes for p in curve.points)


def test_the_shipped_bundle_agrees_with_the_run_that_it_came_from(report: Report) -> None:
    assert {pair.data for pair in report.fidelity} == set(DATA)
    assert all(pair.agreement > 0.9 and pair.distance < 0.1 for pair in report.fidelity)


def test_only_bundles_promise(report: Report) -> None:
    bundles = {facts.name for facts in report.subjects if isinstance(facts, BundleFacts)}
    for result in report.corruptions:
        assert (result.evaluation.counts.set_labels == 10 * result.evaluation.counts.images) == (
            result.subject not in bundles
        )
        if result.subject not in bundles:
            assert result.evaluation.counts.warned == 0
        assert (result.tells_corrupted is None) == (result.corruption == "clean")


def test_intervals_hold_the_true_label_and_every_subject(report: Report) -> None:
    labels = {name: load_split(name, "test").y for name in DATA}
    for chosen in report.chosen:
        assert chosen.label == labels[chosen.data][chosen.index]
        assert chosen.index % 50 == 0
        assert [bars.subject for bars in chosen.bars] == [facts.name for facts in report.subjects]
        for bars in chosen.bars:
            assert all(low <= high for low, high in zip(bars.low, bars.high, strict=True))
            assert sum(bars.mean) == pytest.approx(1)


def test_rules_pick_what_they_say(report: Report) -> None:
    name = judge(report.subjects).name
    bits = {(c.rule, c.data): next(b for b in c.bars if b.subject == name).total_bits for c in report.chosen}
    certain = "certain on MNIST, unsure on its twin"
    assert bits["smallest entropy on MNIST", CLEAN] < 0.01
    assert bits["largest aleatoric doubt on MNIST", CLEAN] > 1
    assert bits[certain, CLEAN] < bits[certain, CORRUPTED]


def test_images_asked_for_come_with_their_twins() -> None:
    assert [(pick.data, pick.index) for pick in pick_by_index([3, 5])] == [
        (CLEAN, 3), (CORRUPTED, 3), (CLEAN, 5), (CORRUPTED, 5),
    ]  # fmt: skip


def test_prior_is_half_spike_half_slab() -> None:
    def normal(x: float, scale: float) -> float:
        return math.exp(-0.5 * (x / scale) ** 2) / (scale * math.sqrt(2 * math.pi))

    for density in densities():
        assert density.unit_normal == pytest.approx(normal(density.weight, 1), rel=1e-4, abs=1e-30)
        mixture = 0.5 * normal(density.weight, 1) + 0.5 * normal(density.weight, 10)
        assert density.spike_and_slab == pytest.approx(mixture, rel=1e-4)


def test_a_promise_is_kept_only_where_something_was_shown(report: Report) -> None:
    def limits(**counts: int) -> str:
        results = tuple(
            dataclasses.replace(
                result,
                evaluation=dataclasses.replace(
                    result.evaluation, counts=dataclasses.replace(result.evaluation.counts, **counts)
                ),
            )
            for result in report.corruptions
        )
        return summarise(dataclasses.replace(report, corruptions=results))[2]

    count, images = len(report.corruption_names), report.corruptions[0].evaluation.counts.images
    assert f"holds under {count} of them" in limits(warned=0, unwarned_errors=0)
    assert "holds under 0 of them" in limits(warned=0, unwarned_errors=images // 2)
    assert "holds under 0 of them" in limits(warned=images, unwarned_errors=0)


def test_bars_reach_over_the_sources_percentiles(report: Report, shipped_bundle: Path) -> None:
    """NumPy's default formula, whatever the intervals of predictions are."""
    chosen, name = report.chosen[0], next(facts.name for facts in report.subjects if isinstance(facts, BundleFacts))
    bars = next(bars for bars in chosen.bars if bars.subject == name)
    image = load_split(chosen.data, "test").x[chosen.index]
    p = Classifier(load_bundle(shipped_bundle)).probabilities(image[None])[0]
    np.testing.assert_array_equal(bars.low, np.percentile(p, 2.5, axis=0))
    np.testing.assert_array_equal(bars.high, np.percentile(p, 97.5, axis=0))


def test_rounding_keeps_six_digits_of_any_size() -> None:
    assert rounded({"a": [123456.789, 0.00012345678, 0.0, -1.0], "b": 7}) == {
        "a": [123457.0, 0.000123457, 0.0, -1.0],
        "b": 7,
    }


def test_results_cannot_be_changed(report: Report) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        report.version = 2
