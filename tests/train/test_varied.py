"""Settings are combined in every way, and what says nothing is refused in one line."""

from dataclasses import replace

import pytest

from train.errors import TrainError
from train.recipes import RECIPES
from train.sweep import main
from train.varied import vary


def test_settings_are_combined_in_every_way_with_their_own_types() -> None:
    assert vary(RECIPES["lenet"], []) == [{}]
    assert vary(RECIPES["lenet"], ["outliers=0,0.1", "epochs=2"]) == [
        {"outliers": 0.0, "epochs": 2},
        {"outliers": 0.1, "epochs": 2},
    ]


@pytest.mark.parametrize(
    "setting", ["depth=3", "outliers", "epochs=2.5", "precision=float8", "mixup=-1", "outliers=nan", "prior=flat"]
)
def test_what_is_no_setting_is_refused_in_one_line(setting: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--vary", setting]) == 1
    assert capsys.readouterr().err.startswith(f"sweep: --vary: found {setting!r}, expected ")


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("batch=0", "numbers of at least 1"),
        ("augmentation_factor=0,1", "numbers of at least 1"),
        ("epochs=0", "numbers of at least 1"),
        ("augmented=0.5,1.1", "numbers from 0 to 1"),
        ("prior=none", "values of normal, spike_and_slab_per_weight"),
        ("outliers=0,0.0", "each value once; leave out what is there again"),
    ],
)
def test_impossible_and_equal_values_are_refused(setting: str, expected: str) -> None:
    """Seen: divisions by a batch of 0, and one training counted as two whose figures deviate by nothing."""
    with pytest.raises(TrainError, match=f"^--vary: found '{setting}', expected {expected}$"):
        vary(RECIPES["lenet"], [setting])


@pytest.mark.parametrize(
    ("model", "setting", "why"),
    [
        ("lenet", "model=vgg", "choose it with --model"),
        ("lenet", "teacher=runs/vgg", "name its run with --teacher"),
        ("lenet", "start=runs/lenet", "all begin with new weights"),
        ("lenet", "extra=mine", "all learn from MNIST alone"),
        ("lenet", "taught=0,1", "nobody teaches without --teacher"),
        ("vgg", "annealing=0,9", "a vgg has no posterior, so that it changes nothing; choose another --model"),
    ],
)
def test_what_would_change_nothing_is_refused(model: str, setting: str, why: str) -> None:
    """Seen: a table that says that teachers differed where none taught."""
    with pytest.raises(TrainError, match=f"^--vary: found '{setting}', which a sweep does not vary; {why}$"):
        vary(RECIPES[model], [setting])


def test_the_share_of_a_teacher_is_varied_where_there_is_one() -> None:
    assert vary(replace(RECIPES["lenet"], teacher="abc"), ["taught=0.5,1"]) == [{"taught": 0.5}, {"taught": 1.0}]


def test_a_name_is_varied_once() -> None:
    """Seen: the values of the first silently dropped."""
    with pytest.raises(TrainError, match="found 'batch=64', expected batch once; give all its values in one --vary"):
        vary(RECIPES["lenet"], ["batch=32", "batch=64"])
