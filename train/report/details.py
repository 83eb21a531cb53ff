"""The tables of what is known of a report's runs and bundles without measuring."""

from __future__ import annotations

from train.report.facts import BundleFacts, Facts, RunFacts
from train.report.tables import NOTHING, Table


def layers(facts: RunFacts) -> Table:
    """Give a run's model summary."""
    rows = [
        [layer.name, layer.kind, " × ".join(map(str, layer.output)), f"{layer.parameters:,}"] for layer in facts.layers
    ]
    return Table(facts.name, ("layer", "kind", "output", "parameters"), rows, words=3)


def subject(facts: Facts) -> Table:
    """Give what else is known of a subject."""
    rows = _known_of_run(facts) if isinstance(facts, RunFacts) else _known_of_bundle(facts)
    kind = "run" if isinstance(facts, RunFacts) else "bundle"
    return Table(facts.name, (kind, facts.network), rows)


def _known_of_run(facts: RunFacts) -> list[tuple[str, str]]:
    accuracy = facts.training_accuracy
    return [
        ("parameters", f"{facts.parameters:,}"),
        ("images trained on", f"{facts.rows:,}"),
        ("images held out", f"{facts.holdout:,}"),
        ("epochs", f"{facts.epochs:,}"),
        (
            "training accuracy at the end",
            NOTHING if accuracy is None else f"{accuracy:.4g}",
        ),
        ("seed", f"{facts.seed}"),
    ]


def _known_of_bundle(facts: BundleFacts) -> list[tuple[str, str]]:
    return [
        ("kind", facts.bundle_kind),
        ("samples K", f"{facts.samples:,}"),
        ("files", f"{facts.files:,}"),
        ("bytes", f"{facts.bytes:,}"),
        ("quantisation", facts.quantisation),
        ("warns above, bits", f"{facts.threshold_bits:.4g}"),
        ("promised risk", f"{facts.promised_risk:.4g}"),
        ("promised coverage of label sets", f"{facts.promised_coverage:.4g}"),
    ]
