"""Several trainings: a mixture's folder, the same weights wherever they run, and no epoch lost with a worker."""

import os
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Protocol

import pytest

from models.posterior import digest
from models.runs import RECORD, Epoch, load_run, load_runs, read_record
from train.__main__ import main


class Cluster(Protocol):
    """See the fixture in tests/conftest.py."""

    address: str
    workers: list[subprocess.Popen[bytes]]


def train(folder: Path, *arguments: str) -> int:
    few = ["--model", "deterministic", "--epochs", "2", "--images", "700", "--holdout", "100"]
    return main([*few, "--out", str(folder), *arguments])


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # Dask's own, at the end of its event loops
def test_several_seeds_make_a_mixture_and_processes_train_the_same_weights(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("distributed", reason="the extra cluster is not installed")
    assert train(tmp_path / "here", "--seeds", "2") == 0
    assert f"The runs are in {tmp_path / 'here'}" in capsys.readouterr().out
    here = load_runs(tmp_path / "here")
    assert [run.record.seed for run in here] == [0, 1]
    assert all(run.record.finished and run.record.metrics for run in here)
    assert train(tmp_path / "there", "--seeds", "2", "--workers", "2") == 0
    there = load_runs(tmp_path / "there")
    assert [digest(run.posterior) for run in there] == [digest(run.posterior) for run in here]
    assert digest(here[0].posterior) != digest(here[1].posterior)

    assert train(tmp_path / "here", "--seeds", "2") == 1
    assert "holds a run; choose --resume" in capsys.readouterr().err
    assert train(tmp_path / "here" / "seed-0", "--seeds", "2") == 1
    assert "a mixture's need a folder of their own" in capsys.readouterr().err
    assert train(tmp_path / "here", "--seeds", "3", "--resume") == 0  # what is finished is left as it is
    assert [run.record for run in load_runs(tmp_path / "here")][:2] == [run.record for run in here]


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_a_worker_killed_in_an_epoch_costs_no_whole_epoch(cluster: Cluster, tmp_path: Path) -> None:
    run = tmp_path / "run"
    kept: list[tuple[Epoch, ...]] = []
    distributed = pytest.importorskip("distributed", reason="the extra cluster is not installed")

    def kill_the_trainer() -> None:
        while not (run / RECORD).exists() or len(read_record(run).epochs) < 3:
            time.sleep(0.05)
        with distributed.Client(cluster.address) as client:
            busy = next(address for address, jobs in client.processing().items() if jobs)
            pid = client.run(os.getpid, workers=[busy])[busy]
        kept.append(read_record(run).epochs)
        os.kill(pid, signal.SIGKILL)

    killer = threading.Thread(target=kill_the_trainer, daemon=True)
    killer.start()
    assert train(run, "--images", "3000", "--epochs", "20", "--cluster", cluster.address) == 0
    killer.join()
    finished = read_record(run)
    assert finished.finished
    assert len(finished.epochs) == 20
    assert 3 <= len(kept[0]) < 20
    assert finished.epochs[: len(kept[0])] == kept[0]

    assert train(tmp_path / "here", "--images", "3000", "--epochs", "20") == 0  # a network that draws no weights
    assert digest(load_run(run).posterior) == digest(load_run(tmp_path / "here").posterior)
