"""Layer by layer: products and weights are counted right, and what the core can do is measured."""

from __future__ import annotations

import pytest

from export import layer_times
from export.bench.layers import LayerCost, Limits, render_layers
from models.runs import PRETRAINED


def test_a_rate_is_products_over_time() -> None:
    cost = LayerCost("dense", products=6_000_000, weights=1_000_000, ms=2.0)
    assert cost.rate == pytest.approx(3.0)
    table = render_layers([cost], Limits(rate=30.0, memory=20.0))
    _, row, total, peak, memory = table.splitlines()
    assert row.split() == ["dense", "6.00", "4.00", "2.000", "3.0", "10%", "2.0"]
    assert total.split()[1:] == row.split()[1:]
    assert "30.0 GMAC/s" in peak
    assert "20.0 GB/s" in memory


@pytest.mark.slow
def test_the_command_counts_every_layer(capsys: pytest.CaptureFixture[str]) -> None:
    """24 x 24 positions of 8 kernels of 5 x 5, and 128 numbers to 10 classes, for two samples."""
    assert layer_times.main([str(PRETRAINED / "bayesian"), "--samples", "2", "--rounds", "1"]) == 0
    rows = {line.split()[0]: line.split()[1] for line in capsys.readouterr().out.splitlines()[1:]}
    products = 2 * (24 * 24 * 8 * 5 * 5 + 128 * 10)
    assert rows["all"] == f"{products / 1e6:.2f}"
