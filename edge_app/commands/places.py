"""Where a page is served and where a broker is, as more than one command asks for it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edge_app.options import missing_extra

if TYPE_CHECKING:
    from edge_app.mqtt.address import BrokerAddress
    from edge_app.web.server import Address, Certificate

LARGEST_PORT: Final = 65_535
LOCAL: Final = "127.0.0.1:8080"


def add_page_place(group: argparse._ArgumentGroup) -> None:
    """Add who may log in to a page, and its certificate."""
    group.add_argument(
        "--web-password", type=Path, metavar="FILE", help="made by the password command; lets you log in"
    )
    group.add_argument("--web-tls", type=Path, nargs=2, metavar=("CERTIFICATE", "KEY"), help="PEM files, for https")


def add_broker_place(group: argparse._ArgumentGroup, *, tells: str, required: bool = False) -> None:
    """Add where a broker is, and with what to come to it; `tells` says what for."""
    group.add_argument("--mqtt", metavar="mqtt[s]://[USER@]HOST[:PORT][/PREFIX]", required=required, help=tells)
    group.add_argument(
        "--mqtt-password",
        type=Path,
        metavar="FILE",
        help="holds USER's password (default: what BAYES_EDGE_MQTT_PASSWORD says)",
    )
    group.add_argument(
        "--mqtt-ca", type=Path, metavar="FILE", help="PEM file that vouches for the broker's certificate"
    )


def page_place(parser: argparse.ArgumentParser, found: argparse.Namespace) -> tuple[Address, Certificate | None]:
    """Give where a page is served; a wrong address, or a missing extra, is a usage error."""
    try:
        from edge_app.web.server import Address, Certificate  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        missing_extra(parser, "--web", "web", error)
    host, colon, port = found.web.rpartition(":")
    if not colon or not host or not port.isdecimal() or int(port) > LARGEST_PORT:
        parser.error(f"--web: found {found.web!r}, expected HOST:PORT such as {LOCAL}")
    return Address(host.strip("[]"), int(port)), Certificate(*found.web_tls) if found.web_tls else None


def broker_place(parser: argparse.ArgumentParser, text: str, *, prefix: str | None = None) -> BrokerAddress:
    """Give where a broker is; a wrong address, or a missing extra, is a usage error.

    Args:
        parser: says what is wrong.
        text: the address.
        prefix: of the topics where the address names none; None for this computer's.
    """
    try:
        import paho.mqtt.client  # noqa: F401, PLC0415 - an extra

        from edge_app.mqtt.address import read_address  # noqa: PLC0415
    except ModuleNotFoundError as error:
        missing_extra(parser, "--mqtt", "mqtt", error)
    try:
        return read_address(text, prefix=prefix)
    except ValueError as error:
        parser.error(f"--mqtt: {error}")
