"""Jobs here, in processes of this computer, and on a real Dask scheduler with two real workers."""

import math
import operator
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Protocol

import pytest

from edge_app.jobs import AHEAD, Place, run_in_order, run_jobs
from edge_app.runtime.errors import EdgeError

pytestmark = pytest.mark.filterwarnings("default")  # Dask's own, at the end of its event loops

pytest.importorskip("distributed", reason="the extra cluster is not installed")


class Cluster(Protocol):
    """See the fixture in tests/conftest.py."""

    address: str
    scheduler: subprocess.Popen[bytes]

    def start(self) -> None: ...


def test_without_a_place_jobs_run_here_in_order() -> None:
    assert list(run_jobs(lambda number: (os.getpid(), number), [3, 1, 2])) == [
        (0, (os.getpid(), 3)),
        (1, (os.getpid(), 1)),
        (2, (os.getpid(), 2)),
    ]


def test_without_the_extra_the_option_names_it() -> None:
    script = (
        "import sys; sys.modules['distributed'] = None\n"
        "from edge_app.jobs import Place, run_jobs\n"
        "list(run_jobs(abs, [1], Place(workers=2)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert "need the extra cluster" in done.stderr
    assert "pip install 'bayes-edge[cluster]'" in done.stderr


@pytest.mark.slow
def test_processes_of_this_computer_do_the_same_as_this_one() -> None:
    assert sorted(run_jobs(operator.neg, range(9), Place(workers=2))) == list(run_jobs(operator.neg, range(9)))
    with pytest.raises(ValueError, match="math domain error"):
        list(run_jobs(math.sqrt, [4.0, -1.0], Place(workers=1)))


@pytest.mark.slow
def test_results_in_order_wait_for_their_turn_and_no_worker_runs_far_ahead(tmp_path: Path) -> None:
    log, number = tmp_path / "log", 40
    assert list(run_in_order(operator.neg, range(number))) == [-n for n in range(number)]
    items = [f"sleep {0 if n else 1}; echo {n} >> {log}; exit {n}" for n in range(number)]
    results = run_in_order(os.system, items, Place(workers=2))
    given = [os.waitstatus_to_exitcode(next(results))]
    time.sleep(1.0)  # those that would run ahead would all be done by now
    assert len(log.read_text().split()) <= 2 * AHEAD
    for result in results:
        given.append(os.waitstatus_to_exitcode(result))
        assert len(log.read_text().split()) <= len(given) + 2 * AHEAD
    assert given == list(range(number))


@pytest.mark.slow
def test_an_interruption_is_left_to_the_process_that_asked() -> None:
    assert list(run_jobs(signal.getsignal, [signal.SIGINT], Place(workers=1))) == [(0, signal.SIG_IGN)]


def test_what_is_no_address_is_one_line() -> None:
    with pytest.raises(EdgeError, match=r"--cluster: nowhere://x: cannot be reached .* expected a Dask scheduler"):
        list(run_jobs(abs, [1], Place(cluster="nowhere://x")))


@pytest.mark.slow
def test_a_killed_worker_loses_the_job_under_way_and_nothing_else(cluster: Cluster, tmp_path: Path) -> None:
    log, killed = tmp_path / "log", tmp_path / "killed"
    kill_once = f"[ -e {killed} ] || (touch {killed}; kill -9 $PPID)"  # the shell's parent is the worker
    items = [f"echo {number} >> {log}; [ {number} != 3 ] || {kill_once}" for number in range(8)]
    assert sorted(run_jobs(os.system, items, Place(cluster=cluster.address))) == [(n, 0) for n in range(8)]
    runs = [int(line) for line in log.read_text().split()]
    assert runs.count(3) == 2
    assert set(runs) == set(range(8))


@pytest.mark.slow
def test_a_restarted_scheduler_is_waited_for_and_finished_jobs_are_not_repeated(
    cluster: Cluster, tmp_path: Path
) -> None:
    log, killed = tmp_path / "log", tmp_path / "killed"

    def restart() -> None:
        cluster.scheduler.wait()
        cluster.start()

    threading.Thread(target=restart, daemon=True).start()
    kill_once = f"[ -e {killed} ] || (sleep 1; touch {killed}; kill -9 {cluster.scheduler.pid}; sleep 1)"
    items = [f"echo {number} >> {log}; [ {number} != 7 ] || {kill_once}" for number in range(8)]
    assert sorted(run_jobs(os.system, items, Place(cluster=cluster.address))) == [(n, 0) for n in range(8)]
    runs = [int(line) for line in log.read_text().split()]
    assert runs.count(7) == 2
    assert len(runs) == 9
