import http.server
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_app.runtime.errors import EdgeError
from edge_app.sources import Frame, Notice, SourceKind, open_source

COUNT, RATE = 40, 20


def write_clip(path: Path, code: str) -> Path:
    """Frame n is grey 40 + 4 n."""
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*code), RATE, (160, 120))
    for number in range(COUNT):
        noise = np.random.default_rng(number).integers(-9, 9, (120, 160, 3))
        writer.write(np.clip(40 + 4 * number + noise, 0, 255).astype(np.uint8))
    writer.release()
    return path


@pytest.mark.parametrize(("name", "code"), [("a.mp4", "mp4v"), ("a.avi", "MJPG"), ("a.mkv", "mp4v")])
def test_no_frame_of_a_file_is_dropped(tmp_path: Path, name: str, code: str) -> None:
    source = open_source(str(write_clip(tmp_path / name, code)))
    frames = [frame for frame in source if isinstance(frame, Frame)]
    source.close()
    assert source.kind is SourceKind.CLIP
    assert source.rate == pytest.approx(RATE)
    assert source.length == len(frames) == COUNT
    steps = np.diff([frame.image.mean() for frame in frames])
    assert steps == pytest.approx(4, abs=1.5)  # a dropped frame would be a step of 8
    assert [frame.time_s for frame in frames] == pytest.approx([n / RATE for n in range(COUNT)], abs=0.001)


def test_a_truncated_video_gives_what_is_there_and_says_so(tmp_path: Path) -> None:
    whole = write_clip(tmp_path / "a.mkv", "mp4v").read_bytes()
    (tmp_path / "cut.mkv").write_bytes(whole[: len(whole) // 2])
    *frames, notice = open_source(str(tmp_path / "cut.mkv"))
    assert 0 < len(frames) < COUNT
    assert isinstance(notice, Notice)
    assert f"cut.mkv: ended after {len(frames)} of {COUNT} frames" in notice.text


@pytest.mark.parametrize(
    ("content", "complaint"), [(b"", r"is empty \(0 bytes\)"), (b"no video" * 99, "neither a picture nor a video")]
)
def test_what_is_no_video_is_refused(tmp_path: Path, content: bytes, complaint: str) -> None:
    (tmp_path / "a.mp4").write_bytes(content)
    with pytest.raises(EdgeError, match=complaint):
        open_source(str(tmp_path / "a.mp4"))


class RangesHandler(http.server.BaseHTTPRequestHandler):
    """Serves the files of a folder from the byte that is asked for on, as web servers do."""

    def do_GET(self) -> None:
        content = (self.server.folder / self.path.strip("/")).read_bytes()
        start = int(re.search(r"\d+", self.headers["Range"])[0])
        self.send_response(206)
        self.send_header("Content-Length", str(len(content) - start))
        self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Accept-Ranges", "bytes")
        self.end_headers()
        self.wfile.write(content[start:])

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


class FromTheStartHandler(RangesHandler):
    """Serves whole files alone, as the simplest servers do."""

    def do_GET(self) -> None:
        content = (self.server.folder / self.path.strip("/")).read_bytes()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def served(folder: Path, handler: type[http.server.BaseHTTPRequestHandler]) -> Iterator[str]:
    """A real server of a folder's files on loopback; gives its address."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.folder = folder
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("name", "code", "handler"),
    [("a.mp4", "mp4v", RangesHandler), ("a.mkv", "mp4v", FromTheStartHandler), ("a.avi", "MJPG", FromTheStartHandler)],
)
def test_a_file_behind_an_address_is_read_to_its_end(
    tmp_path: Path, name: str, code: str, handler: type[RangesHandler]
) -> None:
    write_clip(tmp_path / name, code)
    with served(tmp_path, handler) as address:
        source = open_source(f"{address}/{name}")
        items = list(source)
        source.close()
    assert source.kind is SourceKind.CLIP
    assert source.length == COUNT
    shades = [item.image.mean() for item in items if isinstance(item, Frame)]
    assert len(shades) == len(items) == COUNT
    assert np.diff(shades) == pytest.approx(4, abs=1.5)


def test_a_file_whose_server_cannot_seek_in_it_is_refused_with_the_way_out(clip: Path) -> None:
    with (  # The clip's index stands at its end.
        served(clip.parent, FromTheStartHandler) as address,
        pytest.raises(
            EdgeError,
            match=r"^http://127.0.0.1:\d+: no frame can be read; .* its server cannot seek in it; download it",
        ),
    ):
        list(open_source(f"{address}/{clip.name}"))


def test_an_mp4_without_its_index_is_refused(tmp_path: Path) -> None:
    whole = write_clip(tmp_path / "a.mp4", "mp4v").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(EdgeError, match=r"cut\.mp4: "):
        list(open_source(str(tmp_path / "cut.mp4")))


def test_frames_that_would_take_too_much_memory_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.avi"
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"MJPG"), RATE, (8000, 4000))
    writer.write(np.zeros((4000, 8000, 3), np.uint8))
    writer.release()
    with pytest.raises(EdgeError, match=r"a\.avi: frames of 8000 x 4000, expected at most 13 megapixels"):
        open_source(str(path))


def test_the_demo_is_a_small_clip(clip: Path) -> None:
    assert clip.stat().st_size < 300_000
    frames = [frame for frame in open_source("demo") if isinstance(frame, Frame)]
    assert frames[0].image.shape == (480, 640, 3)
    assert len(frames) >= 60
