"""`python -m edge_app fleet --mqtt ADDRESS`: serves a page of all devices that tell a broker of themselves."""

from __future__ import annotations

from contextlib import ExitStack, suppress

from edge_app.commands.places import LOCAL, add_broker_place, add_page_place, broker_place, page_place
from edge_app.options import PROGRAM, Parser, report
from edge_app.stop import Stop, StoppedError

PREFIX = "bayes-edge"
"""Above the names of devices whose address names no prefix."""
LOOK_S = 0.5


def run(arguments: list[str]) -> None:
    """Serve until somebody asks to stop.

    Raises:
        EdgeError: the broker cannot be reached, or the page cannot be served.
    """
    parser = Parser(prog=f"{PROGRAM} fleet", description="Serve a page of all devices; needs the extras web and mqtt.")
    parser.add_argument("--web", default=LOCAL, metavar="HOST:PORT", help=f"where the page is served (default {LOCAL})")
    add_page_place(parser.add_argument_group("page"))
    add_broker_place(
        parser.add_argument_group("broker"),
        tells=f"where devices tell of themselves, one level below PREFIX (default {PREFIX})",
        required=True,
    )
    options = parser.parse_args(arguments)
    address, certificate = page_place(parser, options)
    broker = broker_place(parser, options.mqtt, prefix=PREFIX)
    from edge_app.fleet.devices import Fleet  # noqa: PLC0415 - by now the extras are there
    from edge_app.fleet.listener import Listener  # noqa: PLC0415
    from edge_app.fleet.site import FleetSite  # noqa: PLC0415
    from edge_app.mqtt.address import read_password  # noqa: PLC0415
    from edge_app.mqtt.connection import Login  # noqa: PLC0415
    from edge_app.web.access import Access, load_password_hash  # noqa: PLC0415
    from edge_app.web.server import Server  # noqa: PLC0415

    access = Access(None if options.web_password is None else load_password_hash(options.web_password))
    with ExitStack() as stack:
        stop = stack.enter_context(Stop())
        stack.enter_context(suppress(StoppedError))
        fleet = Fleet()
        listener = Listener(broker, Login(read_password(options.mqtt_password), options.mqtt_ca), fleet)
        stack.callback(listener.close)
        server = Server(FleetSite(fleet, listener.tell), access, address, certificate)
        stack.callback(server.close)
        report(f"the fleet's page: {server.url}")
        while True:
            stop.pause(LOOK_S)
