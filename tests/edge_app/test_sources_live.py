import importlib.util
import itertools
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_app.runtime.errors import EdgeError
from edge_app.sources import Frame, Notice, SourceKind, open_source
from edge_app.sources.health import FROZEN_S, Health
from edge_app.sources.live import Live
from edge_app.sources.network import public_name

Serve = Callable[..., Any]
BITS, CELL = 16, 40


def numbered(number: int) -> NDArray[np.uint8]:
    """A picture that carries its number as a row of black and white cells, above a little noise."""
    image = np.random.default_rng(number).integers(100, 200, (48, BITS * CELL, 3), np.uint8)
    for bit in range(BITS):
        image[:24, bit * CELL : (bit + 1) * CELL] = 255 * (number >> bit & 1)
    return image


def number_of(image: NDArray[np.uint8]) -> int:
    return sum(1 << bit for bit in range(BITS) if image[12, bit * CELL + CELL // 2, 0] > 127)


def frames_of(source: Live, count: int) -> Iterator[Frame]:
    return itertools.islice((item for item in source if isinstance(item, Frame)), count)


@pytest.mark.slow
def test_a_stream_is_shown_as_it_is_now_however_slow_the_reader(serve: Serve) -> None:
    with serve(numbered, rate=10) as server:
        source = open_source(server.address)
        assert source.kind is SourceKind.LIVE
        ages = []
        for frame in frames_of(source, 8):  # type: ignore[arg-type]
            ages.append(server.shown - number_of(frame.image))
            time.sleep(0.35)  # as long as three and a half frames
        source.close()
    assert max(ages) <= 2


def test_a_lost_stream_is_told_and_found_again(serve: Serve) -> None:
    with serve(numbered, rate=20) as server:
        source = open_source(server.address)
        list(frames_of(source, 2))  # type: ignore[arg-type]
    items = iter(source)
    notice = next(item for item in items if isinstance(item, Notice))
    assert f"http://127.0.0.1:{server.port}: lost; trying again in" in notice.text
    with serve(numbered, rate=20, port=server.port) as server:
        deadline = time.monotonic() + 30
        item = next(item for item in items if isinstance(item, Frame) or time.monotonic() > deadline)
        source.close()
    assert isinstance(item, Frame)
    assert number_of(item.image) > 0


def test_an_address_where_nobody_answers_is_refused_without_its_password() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # taken, but nobody listens
        port = bound.getsockname()[1]
        with pytest.raises(EdgeError) as caught:
            open_source(f"http://user:secret@127.0.0.1:{port}/stream")
    assert str(caught.value).startswith(f"http://127.0.0.1:{port}: no video there")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "rtsp://user:secret@host:554/feed",
        "rtsp://user:sec/ret@host:554/feed",
        "rtsp://user:sec?ret@host:554/feed",
        "rtsp://user:sec#ret@host:554/feed",
        "rtsp://user:sec@ret@host:554/feed",
        "rtsp://host:554/user=admin_password=secret_channel=1.sdp",
        "rtsp://host:554/feed?password=secret#secret",
        "rtsp://host:554;secret/feed",
        "rtsp://host:554\nsecret",
    ],
)
def test_a_public_name_holds_no_secret(address: str) -> None:
    assert public_name(address) == "rtsp://host:554"


def test_a_public_name_tells_streams_of_different_hosts_apart() -> None:
    assert public_name("udp://@:1234") == "udp://:1234"
    assert public_name("http://[fe80::1%eth0]:80/x") == "http://[fe80::1%eth0]:80"
    assert public_name("http://[::1") == "http://"


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("http://[::1", r"^http://: no address; expected SCHEME://HOST:PORT"),
        ("file:///etc/passwd", r"^file://: no address; .* the scheme one of http, https, "),
        ("gopher://user:secret@host", r"^gopher://host: no address"),
        ("9" * 20, r"expected an index from 0 to 255"),
        ("x" * 5000, r"File name too long; expected a camera's index"),
        ("a\0b", r"expected a camera's index"),
        ("/dev/null", r"^/dev/null: is a device or a pipe"),
    ],
)
def test_what_can_be_no_source_is_one_line(source: str, complaint: str) -> None:
    with pytest.raises(EdgeError, match=complaint) as caught:
        open_source(source)
    assert "secret" not in str(caught.value)


class Script:
    """A device that gives a fixed sequence of pictures and then is gone; the first ones wait, as in a buffer."""

    def __init__(self, images: Sequence[NDArray[np.uint8]] = (), *, rate: float = 500.0, waiting: int = 0) -> None:
        self.rate = rate
        self._images = iter(images)
        self._waiting = waiting
        self.given = 0

    def read(self) -> NDArray[np.uint8] | None:
        if self.given >= self._waiting:
            time.sleep(1 / self.rate)
        self.given += 1
        return next(self._images, None)

    def close(self) -> None:
        self._images = iter(())


def test_the_newest_picture_replaces_those_that_nobody_took() -> None:
    device = Script([numbered(n) for n in range(100)])
    source = Live("script", device, Script)
    while device.given < 20:
        time.sleep(0.01)
    first = next(frames_of(source, 1))
    source.close()
    assert number_of(first.image) >= 18


def test_what_was_buffered_while_the_device_was_opened_is_not_shown() -> None:
    source = Live("script", Script([numbered(n) for n in range(50)], rate=4, waiting=40), Script)
    first = next(frames_of(source, 1))
    source.close()
    assert number_of(first.image) == 40


def test_a_device_that_gives_all_it_has_at_once_shows_the_last() -> None:
    source = Live("script", Script([numbered(n) for n in range(5)], rate=4, waiting=6), Script)
    first = next(frames_of(source, 1))
    source.close()
    assert number_of(first.image) == 4


@pytest.mark.slow
def test_a_lost_device_is_never_a_picture() -> None:
    attempts = iter([None, Script([numbered(2)] * 5)])

    def connect() -> Script:
        device = next(attempts)
        if device is None:
            raise EdgeError("still away")
        return device

    source = Live("script", Script([numbered(1)]), connect)
    seen: list[Frame | Notice] = []
    for item in source:
        if item is not None:
            seen.append(item)
        if isinstance(item, Frame) and number_of(item.image) == 2:
            break
    source.close()
    assert [number_of(item.image) for item in seen if isinstance(item, Frame)] in ([1, 2], [2])
    notices = [item.text for item in seen if isinstance(item, Notice)]
    assert notices == ["script: lost; trying again in 0.5 s", "script: lost; trying again in 1 s"]


def test_a_black_picture_is_told_and_not_read() -> None:
    black = np.full((48, 64, 3), 3, np.uint8)
    source = Live("script", Script([black] * 1000), Script)
    item = next(item for item in source if item is not None)
    source.close()
    assert isinstance(item, Notice)
    assert "the picture is black" in item.text


def test_a_single_bright_spot_is_not_black() -> None:
    image = np.zeros((48, 64, 3), np.uint8)
    image[13, 21] = 200
    assert Health("camera").trouble(image, 0.0) is None


def test_a_picture_that_stays_the_same_is_frozen() -> None:
    health = Health("camera")
    image = numbered(7)
    assert health.trouble(image, 0.0) is None
    assert health.trouble(image.copy(), FROZEN_S) is None
    assert "frozen" in (health.trouble(image.copy(), FROZEN_S + 0.1) or "")
    changed = image.copy()
    changed[31, 33] ^= 1  # off the coarse grid: every pixel counts
    assert health.trouble(changed, FROZEN_S + 0.2) is None
    assert health.trouble(changed.copy(), FROZEN_S + 0.3) is None


def test_a_missing_camera_is_named_with_those_there_are() -> None:
    with pytest.raises(EdgeError, match=r"camera 255: cannot be opened; found (no video device|video devices \d)"):
        open_source("255")


def test_picamera_says_how_to_install_what_it_needs() -> None:
    if importlib.util.find_spec("picamera2") is not None:
        pytest.skip("picamera2 is installed here")
    with pytest.raises(EdgeError, match=r"apt-get install python3-picamera2.*--system-site-packages"):
        open_source("picamera")
