"""The app's command line."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from edge_app.app import Options
from edge_app.commands.places import LOCAL, add_broker_place, add_page_place, broker_place, page_place
from edge_app.jobs import add_place_options, place_of
from edge_app.options import PROGRAM, Parser, add_machine_options, positive
from edge_app.outputs import JsonLines, Output, Stills, Text, Video, stills, video

MORE: Final = """\
further commands, each with its own --help:
  doctor           what this computer has, and what is missing
  calibrate-speed  measure how many --threads are fastest here
  soak             measure speed, memory and start-up time
  keys, sign       sign bundles, for --verify-key
  viewers          measure what viewers of the live page cost
  password         choose the live page's password
  feedback         write corrections from the live page as a data set
  fleet            serve a page of all devices that tell a broker of themselves
  update           fetch a newer bundle, for --bundles

In the window, q quits and h shows the other keys.
"""


def parse_options(arguments: list[str]) -> Options:
    """Read the command line; a usage error ends the program with exit status 2 and one line."""
    parser = Parser(
        prog=PROGRAM,
        description="Read handwritten digits, and say how sure that is.",
        epilog=MORE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "source",
        metavar="SOURCE",
        nargs="?",
        default="0",
        help="a camera's index (default 0), a picture, a folder of them, a video file, an address such as "
        "rtsp://HOST/feed, picamera, or demo",
    )
    parser.add_argument("--headless", action="store_true", help="open no window")
    parser.add_argument("--save", type=_annotated, metavar="FILE", help="write an annotated video or stills")
    parser.add_argument("--jsonl", type=JsonLines, metavar="FILE", help="write a JSON line per frame; - prints them")
    parser.add_argument("--text", type=Text, metavar="FILE", help="write what is written, in lines; - prints it")
    parser.add_argument("--max-frames", type=positive, metavar="N", help="stop after N frames")
    parser.add_argument("--wait", action="store_true", help="wait for a camera or stream that does not answer yet")
    add_place_options(parser)
    _add_web_options(parser)
    _add_broker_options(parser)
    parser.add_argument(
        "--bundles",
        type=Path,
        metavar="DIR",
        help="read with the newest bundle there, which the command update fetches; go back from one that is no good",
    )
    add_machine_options(parser)
    found = parser.parse_args(arguments)
    if found.jsonl == JsonLines("-") and found.text == Text("-"):
        parser.error("--text -: --jsonl - prints there too; give one of them a file")
    page = None if found.web is None else _web_page(parser, found)
    broker = None if found.mqtt is None else _broker(parser, found)
    return Options(
        source=found.source,
        bundle=found.bundle,
        bundles=found.bundles,
        verify_key=found.verify_key,
        headless=found.headless,
        outputs=tuple(output for output in (found.jsonl, found.text, found.save, page, broker) if output is not None),
        threads=found.threads,
        max_frames=found.max_frames,
        paced=page is not None,
        wait=found.wait,
        place=place_of(found),
    )


def _add_web_options(parser: argparse.ArgumentParser) -> None:
    web = parser.add_argument_group("live page", "what the app sees, in a browser; needs the extra web")
    web.add_argument("--web", nargs="?", const=LOCAL, metavar="HOST:PORT", help=f"serve the page (default {LOCAL})")
    add_page_place(web)
    web.add_argument("--web-folder", type=Path, metavar="DIR", help="where videos go that are started on the page")
    web.add_argument("--feedback", type=Path, metavar="FILE", help="keep what is corrected on the page")


def _web_page(parser: argparse.ArgumentParser, found: argparse.Namespace) -> Output:
    address, certificate = page_place(parser, found)
    from edge_app.web.output import WebPage  # noqa: PLC0415 - by now the extra is there

    return WebPage(
        address=address,
        password=found.web_password,
        certificate=certificate,
        folder=found.web_folder,
        feedback=found.feedback,
    )


def _add_broker_options(parser: argparse.ArgumentParser) -> None:
    broker = parser.add_argument_group("broker", "MQTT, with discovery by Home Assistant; needs the extra mqtt")
    add_broker_place(
        broker, tells="tell a broker of digits that appear, change or are doubted, and of the device's health"
    )
    broker.add_argument("--mqtt-queue", type=Path, metavar="FILE", help="keep what is not delivered over a restart too")
    broker.add_argument("--mqtt-frames", action="store_true", help="tell every frame's raw reading as well")
    broker.add_argument("--mqtt-doubtful", action="store_true", help="publish pictures of the last doubtful digits")


def _broker(parser: argparse.ArgumentParser, found: argparse.Namespace) -> Output:
    address = broker_place(parser, found.mqtt)
    from edge_app.mqtt.output import Broker  # noqa: PLC0415 - by now the extra is there

    return Broker(
        address=address,
        password=found.mqtt_password,
        authority=found.mqtt_ca,
        queue=found.mqtt_queue,
        frames=found.mqtt_frames,
        doubtful=found.mqtt_doubtful,
    )


def _annotated(text: str) -> Output:
    path = Path(text)
    suffix = path.suffix.lower()
    if suffix in video.CODECS:
        return Video(path)
    if suffix in stills.SUFFIXES:
        return Stills(path)
    raise argparse.ArgumentTypeError(
        f"{text}: unknown suffix; expected a video ({_list(video.CODECS)}) or stills ({_list(stills.SUFFIXES)})"
    )


def _list(suffixes: Iterable[str]) -> str:
    return ", ".join(sorted(suffixes))
