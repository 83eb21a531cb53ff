"""`python -m edge_app viewers`: what the live page costs the loop, with nobody, one and ten who look.

Rounds of the same frames without a page and with each number of viewers, in turn, so that a slower moment of the
machine meets all alike. Viewers are another process; with more than one, one of them reads nothing at all.
"""

from __future__ import annotations

import multiprocessing
import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from edge_app.app import Options, describe_run
from edge_app.commands.memory import resident_mb
from edge_app.commands.soak import Swaying
from edge_app.commands.speed import demo_page
from edge_app.options import PROGRAM, Parser, add_machine_options, missing_extra, positive
from edge_app.outputs import Run, Sink
from edge_app.reader import Reader, open_classifier
from edge_app.runtime.classifier import Classifier
from edge_app.session import Session
from edge_app.stop import Stop
from edge_app.summary import Summary

if TYPE_CHECKING:
    from edge_app.web.output import WebPage

VIEWERS: Final = (None, 0, 1, 10)
"""None: no page at all."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one round took.

    Attributes:
        frames_per_second: how many frames were read each second.
        p95_ms: 95th percentile of the time for a frame, milliseconds.
        cpu_ms: processor time of the whole app for a frame, milliseconds: a busy machine does not change it.
    """

    frames_per_second: float
    p95_ms: float
    cpu_ms: float


def run(arguments: list[str]) -> None:
    """Measure and print.

    Raises:
        EdgeError: the bundle is no good.
    """
    parser = Parser(prog=f"{PROGRAM} viewers", description="Measure what viewers of the live page cost.")
    parser.add_argument("--frames", type=positive, default=300, metavar="N", help="of each round (default 300)")
    parser.add_argument("--rounds", type=positive, default=5, metavar="N", help="how many (default 5)")
    add_machine_options(parser)
    options = parser.parse_args(arguments)
    try:
        from edge_app.web.output import WebPage  # noqa: PLC0415 - an extra
        from edge_app.web.server import Address  # noqa: PLC0415
    except ModuleNotFoundError as error:
        missing_extra(parser, "viewers", "web", error)
    classifier = open_classifier(options.bundle, options.threads)
    about = describe_run(
        Options(bundle=options.bundle, threads=options.threads), Swaying(demo_page(), 1), Reader(classifier)
    )
    page = WebPage(Address("127.0.0.1", 0))
    costs: dict[int | None, list[Cost]] = {viewers: [] for viewers in VIEWERS}
    longest_stop_s = 0.0
    _read(classifier, [], options.frames)  # to warm up
    for _ in range(options.rounds):
        for viewers in VIEWERS:
            if viewers is None:
                costs[viewers].append(_read(classifier, [], options.frames))
                continue
            with _watched(page, about, viewers) as sink:
                costs[viewers].append(_read(classifier, [sink], options.frames))
                start = time.perf_counter()
                sink.close()
                longest_stop_s = max(longest_stop_s, time.perf_counter() - start)
    without = median(cost.frames_per_second for cost in costs[None])
    for viewers, found in costs.items():
        rate = median(cost.frames_per_second for cost in found)
        p95, cpu = median(cost.p95_ms for cost in found), median(cost.cpu_ms for cost in found)
        who = "no page" if viewers is None else f"{viewers} viewers"
        print(
            f"{who:<12}{rate:>6.1f} frames/s ({rate / without:.2f} of no page), p95 {p95:.1f} ms, "
            f"{cpu:.1f} ms of processor time a frame"
        )
    print(f"{resident_mb():.0f} MB resident; the page stopped within {longest_stop_s:.2f} s with viewers connected")


def _read(classifier: Classifier, sinks: Sequence[Sink], frames: int) -> Cost:
    """Read so many frames as fast as the loop can."""
    summary = Summary()
    with Stop() as stop:
        session = Session(Swaying(demo_page(), frames), Reader(classifier), sinks, stop, summary)
        start, busy = time.perf_counter(), time.process_time()
        session.run()
        seconds, busy = time.perf_counter() - start, time.process_time() - busy
    return Cost(summary.frames / seconds, summary.latency_ms(95), 1000 * busy / summary.frames)


@contextmanager
def _watched(page: WebPage, about: Run, viewers: int) -> Iterator[Sink]:
    """Open the page, and let so many look at it."""
    sink = page.open(about)
    context = multiprocessing.get_context("spawn")
    looking = context.Event()
    process = context.Process(target=_look, args=(urlsplit(sink.url).port, viewers, looking), daemon=True)
    process.start()
    looking.wait()
    try:
        yield sink
    finally:
        process.kill()
        process.join()


def _look(port: int, viewers: int, looking: multiprocessing.synchronize.Event) -> None:
    """Look at the stream until killed; of several viewers the first reads nothing."""
    selector = selectors.DefaultSelector()
    held = []
    for number in range(viewers):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.sendall(b"GET /stream.mjpg HTTP/1.1\r\nHost: localhost\r\n\r\n")
        held.append(connection)
        if viewers == 1 or number > 0:
            selector.register(connection, selectors.EVENT_READ)
    looking.set()
    while held:
        for key, _ in selector.select():
            if isinstance(key.fileobj, socket.socket) and not key.fileobj.recv(1 << 20):
                selector.unregister(key.fileobj)
