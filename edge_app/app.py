"""The app: frames in; windows, videos, stills and JSON lines out."""

from __future__ import annotations

from contextlib import ExitStack

from edge_app.options import Options
from edge_app.outputs import JsonLines, Recorder, open_recorder, spare_source
from edge_app.reader import open_classifier
from edge_app.reporter import report
from edge_app.screen import DisplayProbe, Screen, View, Window
from edge_app.session import Outlets, Session
from edge_app.sources import Source, open_source
from edge_app.stop import Stop
from edge_app.summary import Summary


def run(options: Options) -> Summary:
    """Run the app until the source ends or the user wants no more.

    Raises:
        EdgeError: the bundle, the source or an output is no good; what was written before is finished and kept.
    """
    with ExitStack() as stack:
        stop = stack.enter_context(Stop())
        probe = None if options.headless else stack.enter_context(DisplayProbe())
        classifier = open_classifier(options.bundle, options.threads)
        spare_source(options.source, options.outputs)
        source = open_source(options.source)
        stack.callback(source.close)
        view = View(classifier.manifest, source.kind)
        screen = _open_screen(probe, view, stop, stack)
        recorder = _open_recorder(options, source, stack)
        lines = _open_lines(options, screen, stack)
        outlets = Outlets(lines, view if screen or recorder else None, recorder, screen)
        session = Session(source, classifier, outlets, stop, max_frames=options.max_frames)
        session.run()
    return session.summary


def _open_screen(probe: DisplayProbe | None, view: View, stop: Stop, stack: ExitStack) -> Screen | None:
    if probe is None:
        return None
    problem = probe.problem()
    if problem is not None:
        report(f"{problem}: running without a window, as with --headless")
        return None
    return Screen(stack.enter_context(Window()), view, stop)


def _open_recorder(options: Options, source: Source, stack: ExitStack) -> Recorder | None:
    if options.save is None:
        return None
    frames = min((n for n in (source.length, options.max_frames) if n is not None), default=None)
    recorder = open_recorder(options.save, source, frames=frames)
    stack.callback(recorder.close)
    return recorder


def _open_lines(options: Options, screen: Screen | None, stack: ExitStack) -> JsonLines | None:
    """Nobody runs the app for nothing: without any other result the lines go to standard output."""
    target = options.json_lines or ("-" if screen is None and options.save is None else None)
    if target is None:
        return None
    lines = JsonLines(target)
    stack.callback(lines.close)
    return lines
