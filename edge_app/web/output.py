"""The live page as one of the app's outputs."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from edge_app.options import report
from edge_app.outputs import Files, Run, Sink, Video
from edge_app.overlay import View
from edge_app.result import FrameResult
from edge_app.runtime.bundle import Bundle
from edge_app.runtime.errors import EdgeError
from edge_app.web.access import Access, load_password_hash
from edge_app.web.feedback import FeedbackStore
from edge_app.web.live import Live, Subject, new_recording
from edge_app.web.page import Page
from edge_app.web.server import Address, Certificate, Server


@dataclass(frozen=True, slots=True)
class WebPage:
    """A live page.

    Attributes:
        address: where it is served.
        password: the file of the password's hash; None where nobody may change anything.
        certificate: for https; None for http.
        folder: where viewers may save videos; None for nowhere.
        feedback: the file that keeps corrections; None where none are kept.
    """

    address: Address
    password: Path | None = None
    certificate: Certificate | None = None
    folder: Path | None = None
    feedback: Path | None = None

    @property
    def files(self) -> Files | None:
        """The file of corrections, the one that the user named."""
        return None if self.feedback is None else Files(self.feedback)

    def open(self, run: Run) -> WebSink:
        """Begin to serve, and say where.

        Raises:
            EdgeError: a file cannot be used, or the address.
        """
        if self.folder is not None and not self.folder.is_dir():
            raise EdgeError(f"{self.folder}: no such folder; make it first")
        access = Access(None if self.password is None else load_password_hash(self.password))
        subject = Subject(
            source=run.source,
            digest=run.digest,
            warning=run.manifest.warning,
            labels=run.manifest.labels,
            samples=run.manifest.samples,
            can_save=self.folder is not None,
        )
        with ExitStack() as stack:
            feedback = None if self.feedback is None else FeedbackStore(self.feedback)
            if feedback is not None:
                stack.callback(feedback.close)
            live = Live(subject, View(run.manifest), feedback, threads=run.threads)
            server = Server(Page(live), access, self.address, self.certificate)
            stack.callback(server.close)
            report(f"live page: {server.url}")
            return WebSink(live, run, server.url, self.folder, stack.pop_all())


class WebSink:
    """Posts every frame on the page, and does what viewers ask for, in the loop's thread.

    Attributes:
        url: where the page is.
    """

    def __init__(self, live: Live, run: Run, url: str, folder: Path | None, stack: ExitStack) -> None:
        """Post for `live`; see `WebPage.open`."""
        self.url = url
        self._live = live
        self._run = run
        self._folder = folder
        self._stack = stack
        self._threads = run.threads
        self._recording: Sink | None = None

    def take(self, result: FrameResult) -> None:
        """Post a frame.

        Raises:
            EdgeError: a recording cannot be written.
        """
        wanted = self._live.wanted
        if wanted.threads is not None and wanted.threads != self._threads:
            self._threads = wanted.threads
            self._run.use_threads(wanted.threads)
        self._record(result, wanted=bool(wanted.saving))
        self._live.post(result)

    def notice(self, text: str) -> None:
        """Say on the page why there is no frame."""
        self._live.board.notice(text)

    def bundle(self, bundle: Bundle) -> None:
        """Let the page name another bundle, and its threshold."""
        self._live.bundle(bundle)

    def close(self) -> None:
        """Finish a recording, and stop serving."""
        if self._recording is not None:
            self._recording.close()
        self._stack.close()

    def _record(self, result: FrameResult, *, wanted: bool) -> None:
        if wanted and self._recording is None and self._folder is not None:
            self._recording = Video(new_recording(self._folder)).open(self._run)
        elif not wanted and self._recording is not None:
            self._recording.close()
            self._recording = None
        if self._recording is not None:
            self._recording.take(result)
