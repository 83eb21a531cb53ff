"""Runs jobs one after another in this process, side by side on this computer, or on a Dask cluster.

A job is a function of one argument that may be repeated: one whose worker is lost is done again by another worker.
"""

from __future__ import annotations

import argparse
import logging
import signal
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence, Sized
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from edge_app.options import positive, report
from edge_app.runtime.errors import EdgeError

if TYPE_CHECKING:
    from distributed import Client, Future

Item = TypeVar("Item")
Result = TypeVar("Result")

Jobs: TypeAlias = Generator[tuple[int, Result], None, None]
"""Each item's index and its result, as they are finished; closing it gives up those that are not."""

PATIENCE_S: Final = 60.0
"""So long a scheduler may be away, at the start or while jobs are under way."""
ATTEMPTS: Final = 3
"""So many workers may be lost over one job before it is given up."""
PAUSE_S: Final = 1.0
AHEAD: Final = 4
"""Where results are wanted in order, so many items for each worker are under way or wait for their turn: enough that a
worker is seldom idle, and memory does not grow with the number of items."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where jobs run; in this process without either.

    Attributes:
        workers: number of processes on this computer.
        cluster: address of a Dask scheduler, such as tcp://scheduler:8786. Its workers need the same code, and see the
            same files under the same names.
    """

    workers: int | None = None
    cluster: str | None = None


HERE: Final = Place()


class LostError(EdgeError):
    """The cluster went away and did not come back."""


def add_place_options(parser: argparse.ArgumentParser) -> None:
    """Add --workers and --cluster; `place_of` reads them."""
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--workers", type=positive, metavar="N", help="run in so many processes of this computer")
    place.add_argument("--cluster", metavar="ADDRESS", help="run on the Dask cluster of tcp://scheduler:8786")


def place_of(options: argparse.Namespace) -> Place:
    """Give the place that the command line names."""
    return Place(options.workers, options.cluster)


def run_jobs(job: Callable[[Item], Result], items: Sequence[Item], place: Place = HERE) -> Jobs[Result]:
    """Do a job for every item.

    Args:
        job: a function of a module, which a worker can import.
        items: what it is done for; they and the results are sent to workers and back by pickle.
        place: where.

    Yields:
        The index of an item and its result, in the order in which they are finished.

    Raises:
        EdgeError: the extra cluster is missing, or the scheduler cannot be reached.
        LostError: a job was lost with its worker again and again, or the scheduler did not come back within a minute.
        Exception: whatever a job raises; those not yet begun are given up.
    """
    if place == HERE:
        yield from enumerate(map(job, items))
        return
    require_extra()
    yield from _run_on_workers(job, items, place)


def run_in_order(
    job: Callable[[Item], Result], items: Sequence[Item], place: Place = HERE
) -> Generator[Result, None, None]:
    """Do a job for every item and give the results in the items' order, one at a time.

    No more than `AHEAD` items for each worker are begun beyond those whose results were given; closing it gives up the
    others. Arguments and errors are those of `run_jobs`.
    """
    if place == HERE:
        yield from map(job, items)
        return
    require_extra()
    waiting = deque(items)
    while waiting:
        with _connected(place, waiting) as client:
            futures: deque[Future[Result]] = deque()
            while waiting:
                most = AHEAD * max(1, sum(client.nthreads().values()))  # workers come and go
                futures.extend(client.submit(job, item, pure=False) for item in islice(waiting, len(futures), most))
                result = futures.popleft().result()
                waiting.popleft()
                yield result


def dask_setup(_: object) -> None:
    """Leave Ctrl-C to the process that asked; Dask calls this in each process that it starts on this computer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.getLogger("distributed.worker").setLevel(logging.CRITICAL)  # of the jobs that are given up then


def require_extra() -> None:
    """Make sure that Dask is there.

    Raises:
        EdgeError: the extra cluster is missing.
    """
    try:
        import distributed  # noqa: F401, PLC0415 - an extra: only who asks for workers needs it
    except ModuleNotFoundError as error:
        raise EdgeError(
            f"--workers, --cluster: need the extra cluster ({error.name} is missing); pip install 'bayes-edge[cluster]'"
        ) from None


def _run_on_workers(job: Callable[[Item], Result], items: Sequence[Item], place: Place) -> Jobs[Result]:
    from distributed import as_completed  # noqa: PLC0415

    waiting = dict(enumerate(items))
    while waiting:
        with _connected(place, waiting) as client:
            futures = {client.submit(job, item, pure=False): index for index, item in waiting.items()}
            for future in as_completed(futures):
                index, result = futures[future], future.result()
                del waiting[index]
                yield index, result


@contextmanager
def _connected(place: Place, waiting: Sized) -> Iterator[Client]:
    """Connect to workers; the block ends early when the scheduler goes, and `waiting` is what is to do again then."""
    from distributed import KilledWorker  # noqa: PLC0415
    from distributed.client import FutureCancelledError  # noqa: PLC0415

    with ExitStack() as stack:
        try:
            yield _connect(place, stack)
        except KilledWorker:
            raise LostError(f"a job was lost with {ATTEMPTS} workers; look at their memory and their logs") from None
        except FutureCancelledError:  # the scheduler is gone, and with it what was not fetched yet
            report(f"{place.cluster}: the scheduler is gone; waiting for it, {len(waiting)} jobs to do")
            time.sleep(PAUSE_S)


def _connect(place: Place, stack: ExitStack) -> Client:
    """Reach the scheduler, or start one and its workers on this computer; the stack ends them."""
    import dask  # noqa: PLC0415
    from distributed import Client, LocalCluster  # noqa: PLC0415

    for name in ("distributed", "distributed.client"):  # what matters of a lost connection is said here
        logging.getLogger(name).setLevel(logging.CRITICAL)
    stack.enter_context(dask.config.set({"distributed.scheduler.allowed-failures": ATTEMPTS - 1}))
    if place.cluster is None:
        cluster = LocalCluster(
            n_workers=place.workers,
            threads_per_worker=1,
            preload=[__name__],  # for its `dask_setup`
            dashboard_address="127.0.0.1:0",
            env={"TQDM_DISABLE": "1"},  # of the caller's progress there is one
        )
        client: Client = stack.enter_context(Client(stack.enter_context(cluster)))
    else:
        try:
            client = stack.enter_context(Client(place.cluster, timeout=PATIENCE_S))
        except (OSError, ValueError) as error:
            raise LostError(
                f"--cluster: {place.cluster}: cannot be reached ({error}); expected a Dask scheduler's address, such "
                "as tcp://scheduler:8786"
            ) from None
    served = "dashboard" in client.scheduler_info(n_workers=0)["services"]
    report(f"jobs run on {client.dashboard_link if served else place.cluster}")
    return client
