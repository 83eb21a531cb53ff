"""Publishes bundles to a fleet: python -m export.publish BUNDLE --repository DIR [--keys DIR].

A first bundle makes the repository and its keys. Any web server serves the repository's folder; the keys stay here.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from dataset import load_split
from edge_app.commands.fleet import PREFIX
from edge_app.commands.places import add_broker_place, broker_place
from edge_app.runtime.bundle import OWN_SUFFIXES, load_bundle
from edge_app.runtime.check import read_check
from edge_app.runtime.classifier import open_bundle
from edge_app.runtime.manifest import Input
from edge_app.runtime.recheck import read_labelled
from edge_app.updates.golden import GOLDEN, encode_golden, record_golden
from edge_app.updates.offer import Offer
from edge_app.updates.package import pack
from export.errors import ExportError
from train.command import command

try:
    from export.keys import ROLES, Keys
    from export.repository import Repository
except ModuleNotFoundError as error:
    if __name__ != "__main__":
        raise
    sys.exit(f"publish: needs the extra fleet ({error.name} is missing); pip install 'bayes-edge[fleet]'")

IMAGES: Final = 20
ROOT: Final = "root"
STAGES: Final = (5, 25, 100)
EPILOG: Final = """\
commands, in the place of BUNDLE:
  status     what is offered to which share of the devices, and when each role's metadata expires
  promote    offer the newest bundle to its next stage, or again after a pause
  advance    promote it if its stage's devices tell the broker (--mqtt) that they are well; pause it if they went back
  pause      let nobody else take it; who has it keeps it
  withdraw   take it back: devices that have it go back to the one before
  renew      sign everything again; once a week at least, or devices say that the repository has gone silent;
             with --role root the root too, once a year, for which two of its keys are needed
  replace    replace the keys of --role, for one was lost or stolen; it takes two of the root's keys
"""


@command("publish")
def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; returns the exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.mqtt is not None:
        options.mqtt = broker_place(parser, options.mqtt, prefix=PREFIX)
    keys = Keys(options.keys or options.repository.with_name(f"{options.repository.name}-keys"), options.repository)
    change = COMMANDS.get(options.what)
    with _alone(options.repository):
        if change is not None:
            repository = Repository.open(options.repository)
            change(repository, keys, options)
        else:
            repository = _publish(Path(options.what), keys, options)
    print(_status(repository))
    return 0


def package_bundle(folder: Path, images: Path | None = None) -> tuple[str, bytes]:
    """Pack a bundle with its golden images, and give its digest and the package.

    Args:
        folder: the bundle's.
        images: labelled ones for the self-test, as `export/to_tflite.py --holdout` takes them; None for MNIST's.

    Raises:
        EdgeError: the bundle or the images are no good, or its check failed.
    """
    bundle = load_bundle(folder)
    if not folder.is_dir():
        raise ExportError(f"{folder}: is a single file, expected the bundle's folder")
    check = read_check(bundle)
    if check is not None and check.digest == bundle.digest and not check.passed:
        raise ExportError(f"{folder}: did not pass its check; export it again, or see export/check.py")
    golden = record_golden(open_bundle(folder), _images(bundle.manifest.input, images))
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in OWN_SUFFIXES}
    return bundle.digest, pack(files | {GOLDEN: encode_golden(golden)})


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait until no other command changes the repository: two would sign different metadata under one version."""
    if not folder.is_dir():  # a first bundle makes it
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _images(wanted: Input, path: Path | None) -> NDArray[np.float32]:
    """Give some images as the bundle takes them."""
    if path is not None:
        return read_labelled(path, wanted.shape)[0][:IMAGES]
    images = load_split("MNIST", "test").x[:IMAGES]
    if images.shape[1:] != wanted.shape:
        raise ExportError(
            f"--golden: the bundle takes images {list(wanted.shape)}; name an .npz of some, as for --holdout"
        )
    return wanted.from_paper_and_ink(images)


def _publish(folder: Path, keys: Keys, options: argparse.Namespace) -> Repository:
    digest, package = package_bundle(folder, options.golden)
    if (options.repository / "metadata" / "timestamp.json").exists():
        repository = Repository.open(options.repository)
    else:
        repository = Repository.create(options.repository, keys)
        print(f"{keys.folder}: keep these keys, two of the three root keys apart from the others", file=sys.stderr)
        print(f"{repository.root_file}: give it to the devices (--root)", file=sys.stderr)
    repository.add(package, digest, options.stages)
    repository.publish(keys)
    return repository


def _promote(repository: Repository, keys: Keys, _: argparse.Namespace) -> None:
    path, offer = _newest(repository)
    stage = offer.stage if offer.paused else min(offer.stage + 1, len(offer.stages) - 1)
    repository.change(path, msgspec.structs.replace(offer, stage=stage, paused=False))
    repository.publish(keys)


def _pause(repository: Repository, keys: Keys, _: argparse.Namespace) -> None:
    path, offer = _newest(repository)
    repository.change(path, msgspec.structs.replace(offer, paused=True))
    repository.publish(keys)


def _withdraw(repository: Repository, keys: Keys, _: argparse.Namespace) -> None:
    repository.withdraw(_newest(repository)[0])
    repository.publish(keys)


def _renew(repository: Repository, keys: Keys, options: argparse.Namespace) -> None:
    if options.role is not None and options.role != ROOT:
        raise ExportError(f"renew: found --role {options.role}, which is always renewed; expected {ROOT} or none")
    if options.role == ROOT:
        repository.renew_root(keys)
    repository.publish(keys)


def _replace(repository: Repository, keys: Keys, options: argparse.Namespace) -> None:
    if options.role is None:
        raise ExportError(f"replace: name the --role, one of {', '.join(ROLES)}")
    repository.renew_root(keys, options.role)
    repository.publish(keys)


def _advance(repository: Repository, keys: Keys, options: argparse.Namespace) -> None:
    if options.mqtt is None:
        raise ExportError("advance: name the broker that the devices tell, with --mqtt")
    from edge_app.mqtt.address import read_password  # noqa: PLC0415 - by now the extra mqtt is there
    from edge_app.mqtt.connection import Login  # noqa: PLC0415
    from export.advance import Step, decide, hear_reports  # noqa: PLC0415

    offer = _newest(repository)[1]
    decision = decide(offer, hear_reports(options.mqtt, Login(read_password(options.mqtt_password), options.mqtt_ca)))
    print(f"{decision.step}: {decision.reason}", file=sys.stderr)
    if decision.step is Step.PROMOTE:
        _promote(repository, keys, options)
    elif decision.step is Step.PAUSE and not offer.paused:
        _pause(repository, keys, options)


COMMANDS: Final[dict[str, Callable[[Repository, Keys, argparse.Namespace], None]]] = {
    "status": lambda *_: None,
    "promote": _promote,
    "advance": _advance,
    "pause": _pause,
    "withdraw": _withdraw,
    "renew": _renew,
    "replace": _replace,
}


def _newest(repository: Repository) -> tuple[str, Offer]:
    offers = repository.offers
    if not offers:
        raise ExportError(f"{repository.folder}: offers no bundle")
    return list(offers.items())[-1]


def _status(repository: Repository) -> str:
    """Say in lines what is offered, and until when."""
    now = datetime.now(UTC)
    lines = [
        f"number {offer.number}  bundle {offer.digest[:12]}  stage {offer.stage + 1} of {len(offer.stages)}: "
        f"{offer.percent} % of the devices" + (", paused" if offer.paused else "")
        for offer in repository.offers.values()
    ]
    days = ", ".join(f"{role} {(expiry - now).days} days" for role, expiry in repository.expiries.items())
    return "\n".join([*(lines or ["no bundle is offered"]), f"good for: {days}"])


def _stages(text: str) -> tuple[int, ...]:
    try:
        stages = tuple(int(part) for part in text.split(","))
    except ValueError:
        stages = ()
    if not stages or list(stages) != sorted(set(stages)) or not 0 < stages[0] <= stages[-1] <= 100:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected growing percentages such as 5,25,100")
    return stages


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m export.publish",
        description="Publish a bundle to a fleet, to a first stage of its devices; needs the extra fleet.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", metavar="BUNDLE|COMMAND", help="a bundle's folder, or a command")
    parser.add_argument("--repository", type=Path, required=True, metavar="DIR", help="what a web server serves")
    parser.add_argument("--keys", type=Path, metavar="DIR", help="who signs it (default: DIR-keys beside it)")
    parser.add_argument(
        "--stages",
        type=_stages,
        default=STAGES,
        metavar="A,B,...",
        help="percentages of the devices; default: 5,25,100",
    )
    parser.add_argument(
        "--golden", type=Path, metavar="NPZ", help="images for the self-test, as for --holdout; default: MNIST's"
    )
    add_broker_place(parser.add_argument_group("broker"), tells="where devices tell of themselves, for advance")
    parser.add_argument("--role", choices=list(ROLES), help="whose keys to replace; root with renew, too")
    return parser


if __name__ == "__main__":
    sys.exit(main())
