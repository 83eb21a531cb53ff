"""What more workers do: the formula by hand, and the command on two real workers."""

import json
from pathlib import Path

import pytest

from train.scaling import Forecast, Load, Scaling, forecast, main, tabulate

SWEEP, EVALUATION = Load("trainings", 12, 36.0, 20.0, 900), Load("data sets", 16, 32.0, 17.0, 1000)
MEASURED = Scaling(workers=2, start_s=5.0, dispatch_s=0.001, sweep=SWEEP, evaluation=EVALUATION, images=5000)


def test_time_is_foretold_of_work_and_of_what_is_handed_out_one_by_one() -> None:
    runs = Forecast("trainings", 500, 3.0, 900)
    assert runs.seconds(1, MEASURED) == pytest.approx(5 + 500 * 3)
    assert runs.seconds(100, MEASURED) == pytest.approx(5 + 5 * 3)
    assert runs.seconds(499, MEASURED) == pytest.approx(5 + 2 * 3)  # one has a second one to do
    assert runs.useful(MEASURED) == 500
    tiny = Forecast("tiny", 1_000_000, 0.01, 900)
    assert tiny.seconds(10, MEASURED) == tiny.seconds(100, MEASURED) == pytest.approx(5 + 1000)
    assert tiny.useful(MEASURED) == 10


def test_sixty_million_images_are_shards_of_ten_thousand() -> None:
    trainings, shards = forecast(MEASURED)
    assert (trainings.tasks, trainings.work_s) == (500, 3.0)
    assert (shards.tasks, shards.work_s) == (6000, pytest.approx(4.0))
    table = tabulate(MEASURED)
    assert "| trainings | 12 | 3.00 s | 900 | 36.0 s | 20.0 s | 1.80 |" in table
    assert "| 6,000 | 4.00 s | 6.0 MB | 6.7 h | 4.1 min | 4,000 |" in table


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # Dask's own, at the end of its event loops
def test_the_command_measures_on_real_workers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("distributed", reason="the extra cluster is not installed")
    few = ["--workers", "1", "--runs", "1", "--images", "120", "--repeats", "1", "--json", str(tmp_path / "found")]
    assert main(few) == 0
    found = json.loads((tmp_path / "found").read_text())
    assert found["start_s"] > 0
    assert (found["sweep"]["tasks"], found["evaluation"]["tasks"]) == (1, 16)
    assert "shards of 10,000 images" in capsys.readouterr().out
