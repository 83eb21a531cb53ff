"""The app: frames in; windows, videos, stills and JSON lines out."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from edge_app.frame_time import PICTURE
from edge_app.jobs import HERE, Place
from edge_app.options import DEFAULT_BUNDLE, report
from edge_app.outputs import BundleListener, JsonLines, Output, Run, Sink, require_apart
from edge_app.overlay import View
from edge_app.reader import Reader, open_classifier
from edge_app.runtime.classifier import Classifier
from edge_app.runtime.errors import EdgeError
from edge_app.screen import DisplayProbe, Screen, Window
from edge_app.session import Reads, Session
from edge_app.sharing import SharedReader, With
from edge_app.sources import Source, SourceKind, UnreachableError, open_source
from edge_app.sources.live import FIRST_PAUSE_S, LONGEST_PAUSE_S
from edge_app.stop import Stop, StoppedError
from edge_app.summary import Summary
from edge_app.tracking import POOLED_S
from edge_app.updates.follow import Follower
from edge_app.updates.shelf import Shelf


@dataclass(frozen=True, slots=True)
class Options:
    """What the app is asked for.

    Attributes:
        source: a camera's index, a picture, a folder, a video file, an address, `picamera` or `demo`.
        bundle: its folder, its file, or the name of one that is shipped.
        bundles: a folder of bundles that come over the air; the newest is used in the place of `bundle`.
        verify_key: a public key with which the bundle must be signed; None for no matter.
        headless: never open a window.
        outputs: where results go besides the window; without any, and without a window, to standard output.
        threads: how many threads OpenCV and LiteRT may use.
        max_frames: stop after so many; None for no limit.
        paced: keep a clip's pace and hold its last frame, as a window does; for outputs that are watched.
        wait: wait for a camera or a stream that does not answer yet.
        place: where pictures are read.
    """

    source: str = "0"
    bundle: Path = DEFAULT_BUNDLE
    bundles: Path | None = None
    verify_key: Path | None = None
    headless: bool = False
    outputs: tuple[Output, ...] = ()
    threads: int = 1
    max_frames: int | None = None
    paced: bool = False
    wait: bool = False
    place: Place = HERE


def run(options: Options) -> Summary:
    """Run the app until the source ends or the user wants no more.

    Raises:
        EdgeError: the bundle, the source or an output is no good; what was written before is finished and kept.
    """
    summary = Summary()
    with ExitStack() as stack:
        stop = stack.enter_context(Stop())
        stack.enter_context(suppress(StoppedError))
        probe = None if options.headless else stack.enter_context(DisplayProbe())
        follower = None if options.bundles is None else stack.enter_context(_follow(options, options.bundles))
        classifier = _open_bundle(options, None) if follower is None else follower.classifier
        source = _open_source(options, stop)
        stack.callback(source.close)
        bundle = classifier.bundle.path
        read = [*source.files, *(bundle.iterdir() if bundle.is_dir() else [bundle])]
        require_apart(read, [output.files for output in options.outputs if output.files is not None])
        screen = _open_screen(probe, View(classifier.manifest), stop, stack)
        if source.kind is SourceKind.PICTURES:
            reader = Reader(classifier, pooled_s=0.0, limits=PICTURE, check=stop.check)
        else:
            reader = Reader(classifier, check=stop.check)
        about = describe_run(options, source, reader, follower)
        sinks: list[Sink] = []
        for output in options.outputs or ([JsonLines("-")] if screen is None else []):
            sinks.append(output.open(about))
            stack.callback(sinks[-1].close)
        if follower is not None and options.place == HERE:  # elsewhere all pictures are read with one bundle
            follower.use = partial(_read_on_with, reader, tuple(sinks))
            sinks.append(follower)
        Session(
            source,
            _shared(reader, source, options, stop, stack),
            sinks,
            stop,
            summary,
            screen=screen,
            paced=options.paced,
            max_frames=options.max_frames,
        ).run()
    return summary


def _shared(reader: Reader, source: Source, options: Options, stop: Stop, stack: ExitStack) -> Reads:
    """Have pictures read elsewhere, if that is asked for."""
    if options.place == HERE:
        return reader
    if source.kind is not SourceKind.PICTURES:
        raise EdgeError(f"--workers, --cluster: found {source.name}, expected a folder of pictures to share out")
    bundle = reader.classifier.bundle
    read_with = With(bundle.path.absolute(), bundle.digest, options.verify_key, options.threads)
    shared = SharedReader(reader, source.files, read_with, options.place, stop)
    stack.callback(shared.close)
    return shared


def describe_run(options: Options, source: Source, reader: Reader, follower: Follower | None = None) -> Run:
    """Say what the outputs of a run must know."""
    bundle = reader.classifier.bundle
    return Run(
        source=source.name,
        digest=bundle.digest,
        manifest=reader.classifier.manifest,
        kind=source.kind,
        rate=source.rate,
        frames=_frames(source, options.max_frames),
        threads=options.threads,
        use_threads=lambda threads: reader.read_with(
            open_classifier(reader.classifier.bundle.path, threads, options.verify_key)
        ),
        bundles=follower,
    )


def _open_bundle(options: Options, path: Path | None) -> Classifier:
    return open_classifier(path or options.bundle, options.threads, options.verify_key)


def _follow(options: Options, bundles: Path) -> Follower:
    return Follower(Shelf(bundles), partial(_open_bundle, options), settled_s=POOLED_S)


def _read_on_with(reader: Reader, sinks: Sequence[Sink], classifier: Classifier) -> None:
    """Read with another bundle from the next frame on, and let those know that say which one it is."""
    reader.read_with(classifier)
    for sink in sinks:
        if isinstance(sink, BundleListener):
            sink.bundle(classifier.bundle)


def _open_source(options: Options, stop: Stop) -> Source:
    pause = FIRST_PAUSE_S
    waiting = False
    while True:
        try:
            return stop.wait_for(lambda: open_source(options.source))
        except UnreachableError as error:
            if not options.wait:
                raise
            if not waiting:
                report(f"{error}; waiting for it")
            waiting = True
        stop.pause(pause)
        pause = min(2 * pause, LONGEST_PAUSE_S)


def _open_screen(probe: DisplayProbe | None, view: View, stop: Stop, stack: ExitStack) -> Screen | None:
    if probe is None:
        return None
    problem = stop.wait_for(probe.problem)
    if problem is not None:
        report(f"{problem}: running without a window, as with --headless")
        return None
    return Screen(stack.enter_context(Window()), view, stop)


def _frames(source: Source, most: int | None) -> int | None:
    return min((count for count in (source.length, most) if count is not None), default=None)
