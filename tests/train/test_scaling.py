"""What more workers do, foretold by hand; that the command measures takes two clusters and stays with `FIGURES.md`."""

import pytest

from train.scaling import Forecast, Load, Scaling, forecast, tabulate

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
