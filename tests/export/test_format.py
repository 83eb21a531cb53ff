"""FORMAT.md and the schema say what the code does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from edge_app.options import DEFAULT_BUNDLE
from edge_app.runtime.drift import BINS, EDGES
from edge_app.runtime.manifest import Kind, Quantisation
from edge_app.runtime.manifest_text import manifest_schema
from edge_app.runtime.prediction import Sampling, Thresholds, predict
from export.flatbuffer import VALUES
from export.graphs.summary import OUTPUTS, READ, REASONS
from export.manifests import CALIBRATORS
from export.schema import schema_text

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "FORMAT.md").read_text()


def keys(part: dict[str, Any], definitions: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in part["properties"].items():
        inner = definitions.get(value.get("$ref", "").rpartition("/")[2], {})
        if "properties" in inner:
            yield from keys(inner, definitions, f"{prefix}{name}.")
        else:
            yield prefix + name


def test_the_schema_beside_the_page_is_the_codes() -> None:
    assert (ROOT / "FORMAT.schema.json").read_bytes() == schema_text()


def test_the_page_names_every_key_and_no_other() -> None:
    schema = manifest_schema()
    definitions = schema["$defs"]
    expected = {
        key for part in schema["anyOf"] for key in keys(definitions[part["$ref"].rpartition("/")[2]], definitions)
    }
    table = PAGE.partition("## The manifest")[2]
    rows = re.findall(r"^\| (`[^|]*`) \|", table, re.MULTILINE)
    found = [key for row in rows for key in re.findall(r"`([^`]+)`", row)]
    assert sorted(found) == sorted(expected)


def test_the_page_names_every_output_kind_and_quantisation() -> None:
    for name in (READ, VALUES, *OUTPUTS, *CALIBRATORS, *Kind, *Quantisation):
        assert f"`{name}`" in PAGE, name
    for number, reason in enumerate(REASONS):
        assert f"{number} {reason or 'no warning'}" in PAGE
    assert f"{BINS} bins" in PAGE
    assert (EDGES[0], EDGES[-1]) == (2**-24, 2**2.5)


def test_the_schema_reads_in_javascript_too() -> None:
    text = schema_text().decode()
    assert r"\\Z" not in text
    manifest = json.loads((DEFAULT_BUNDLE / "manifest.json").read_text())
    definitions = manifest_schema()["$defs"]
    digest = definitions["GraphFile"]["properties"]["sha256"]["pattern"]
    assert re.search(digest, manifest["files"][0]["sha256"])
    assert not re.search(digest, manifest["files"][0]["sha256"][1:])


def test_the_pages_formulas_are_the_runtimes() -> None:
    """The page's formulas, word for word, in plain Python."""
    rng = np.random.default_rng(0)
    for sampling in Sampling:
        for samples in (1, 2, 38, 50, 201):
            p = rng.dirichlet(np.ones(4) * 0.5, samples)
            t, q = rng.uniform(0, 2), rng.uniform(0, 1)
            found = predict(p, Thresholds(t, q, sampling))
            m = [sum(p[:, c]) / samples for c in range(4)]
            total, aleatoric = entropy(m), sum(map(entropy, p)) / samples
            factor = 1 if sampling is Sampling.EVEN else samples / (samples - 1) if samples > 1 else 0
            epistemic = max(0, total - aleatoric) * factor
            a = 0.025 * samples - 0.5 if sampling is Sampling.EVEN else 0.025 * (samples + 1) - 1
            a = min(max(a, 0), samples - 1)
            np.testing.assert_allclose(found.mean, m)
            np.testing.assert_allclose(
                [found.total_bits, found.aleatoric_bits, found.epistemic_bits], [total, aleatoric, epistemic], atol=1e-9
            )
            np.testing.assert_allclose(found.low, [at(sorted(p[:, c]), a) for c in range(4)])
            np.testing.assert_allclose(found.high, [at(sorted(p[:, c]), samples - 1 - a) for c in range(4)])
            members = tuple(c for c in range(4) if m[c] >= 1 - q)
            assert found.label_set == members
            assert found.unsure == (total > t or not members)
            if found.reason:
                assert found.reason == ("unfamiliar" if not members or epistemic > aleatoric else "ambiguous")


def entropy(p: Any) -> float:
    return -sum(x * np.log2(x) for x in p if x > 0)


def at(ordered: list[float], place: float) -> float:
    return float(np.interp(place, range(len(ordered)), ordered))
