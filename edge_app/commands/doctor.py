"""`python -m edge_app doctor`: what this computer has, what is missing, and how to get it."""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from edge_app.options import PROGRAM, Parser, add_machine_options
from edge_app.runtime.errors import EdgeError, one_line

PACKAGES: Final = {
    "numpy": ("numpy", "pip install numpy"),
    "cv2": ("opencv-python", "sudo apt-get install libgl1 libglib2.0-0, and pip install opencv-python"),
    "PIL": ("pillow", "pip install pillow"),
    "msgspec": ("msgspec", "pip install msgspec"),
    "ai_edge_litert.interpreter": ("ai-edge-litert", "pip install ai-edge-litert; it wants a 64-bit system"),
}
"""Module -> its package, and how to get it."""
GOVERNOR: Final = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
TEMPERATURE: Final = Path("/sys/class/thermal/thermal_zone0/temp")


class State(StrEnum):
    """What a finding means."""

    GOOD = "ok"
    NOTE = "--"  # missing, but the app runs without it
    BAD = "!!"  # the app cannot run


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's report."""

    state: State
    subject: str
    text: str

    def __str__(self) -> str:
        """Format the line."""
        return f"{self.state}  {self.subject:<15}{self.text}"


def run_command(arguments: list[str]) -> int:
    """Print all findings; the exit status is 1 when the app cannot run here."""
    parser = Parser(prog=f"{PROGRAM} doctor", description="Say what this computer has, and what is missing.")
    add_machine_options(parser)
    options = parser.parse_args(arguments)
    sound = True
    for finding in _examine(options.bundle, options.threads, options.verify_key):
        print(one_line(str(finding)), flush=True)
        sound = sound and finding.state is not State.BAD
    return 0 if sound else 1


def _examine(bundle: Path, threads: int, key: Path | None) -> Iterator[Finding]:
    yield _python()
    yield _system()
    packages = [_package(module) for module in PACKAGES]
    yield from packages
    yield _processor()
    if any(package.state is State.BAD for package in packages):
        return
    yield _window()
    yield _cameras()
    yield _picamera()
    yield from _bundle_and_speed(bundle, threads, key)


def _python() -> Finding:
    state = State.GOOD if sys.version_info >= (3, 11) else State.BAD
    return Finding(
        state, "Python", platform.python_version() + ("" if state is State.GOOD else "; expected 3.11 or later")
    )


def _system() -> Finding:
    libc = " ".join(platform.libc_ver()).strip()
    text = f"{platform.system()} {platform.release()}, {platform.machine()}" + (f", {libc}" if libc else "")
    if sys.maxsize <= 2**32:
        return Finding(State.BAD, "system", f"{text}, 32-bit; LiteRT needs a 64-bit system: install the 64-bit one")
    return Finding(State.GOOD, "system", text)


def _package(module: str) -> Finding:
    package, remedy = PACKAGES[module]
    try:
        importlib.import_module(module)
    except ImportError as error:
        return Finding(State.BAD, package, f"{str(error).splitlines()[0]}; {remedy}")
    return Finding(State.GOOD, package, _version(package))


def _version(package: str) -> str:
    names = [package, f"{package}-headless", f"{package.replace('python', 'contrib-python')}"]
    for name in names:
        try:
            return importlib.metadata.version(name) + ("" if name == package else f" ({name})")
        except importlib.metadata.PackageNotFoundError:
            continue
    return "of unknown version"


def _processor() -> Finding:
    parts = [f"{os.cpu_count()} cores"]
    governor = _read(GOVERNOR)
    if governor:
        parts.append(f"governor {governor}")
    millidegrees = _read(TEMPERATURE)
    if millidegrees:
        parts.append(f"{int(millidegrees) / 1000:.0f} °C")
    return Finding(State.GOOD, "processor", ", ".join(parts))


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""


def _window() -> Finding:
    with _load("edge_app.screen.display").DisplayProbe() as probe:
        problem = probe.problem()
    if problem is None:
        return Finding(State.GOOD, "window", "can be opened")
    return Finding(State.NOTE, "window", f"{problem}; start from a desktop, or use --headless")


def _cameras() -> Finding:
    cameras = _load("edge_app.sources.camera").list_cameras()
    found = ", ".join(f"{index} ({name})" for index, name in cameras.items())
    return Finding(State.GOOD if cameras else State.NOTE, "cameras", found or "none found; plug in a USB webcam")


def _picamera() -> Finding:
    try:
        importlib.import_module("picamera2")
    except ImportError:
        return Finding(State.NOTE, "picamera2", "not importable; only the Raspberry Pi's own camera needs it")
    except ValueError:
        remedy = "pip install --force-reinstall --no-deps simplejpeg"
        return Finding(State.NOTE, "picamera2", f"does not fit this NumPy; {remedy}")
    return Finding(State.GOOD, "picamera2", "importable")


def _bundle_and_speed(path: Path, threads: int, key: Path | None) -> Iterator[Finding]:
    speed = _load("edge_app.commands.speed")
    try:
        classifier = _load("edge_app.reader").open_classifier(path, threads, key)
    except EdgeError as error:
        yield Finding(State.BAD, "bundle", str(error))
        return
    manifest = classifier.manifest
    yield Finding(State.GOOD, "bundle", f"{path}: {manifest.kind}, {manifest.samples} samples, hashes and tensors fit")
    yield _signature(classifier.bundle, key)
    yield _check(classifier.bundle)
    few = _load("edge_app.runtime.prediction").too_few_samples(manifest.samples, manifest.kind.sampling)
    if few is not None:
        yield Finding(State.NOTE, "interval", few)
    measured = speed.measure_speed(speed.demo_page(), classifier)
    yield Finding(State.GOOD, "speed", f"{measured} at 640 x 480, --threads {threads}")


def _signature(bundle: Any, key: Path | None) -> Finding:
    """Say who made the bundle, as far as that is known; by now it is signed with the key, where one was given."""
    if key is not None:
        return Finding(State.GOOD, "signature", f"by the owner of {key}")
    path = _load("edge_app.runtime.signature").signature_file(bundle)
    text = "there is one; --verify-key FILE checks it" if path.exists() else "none; hashes do not tell who made it"
    return Finding(State.NOTE, "signature", text)


def _check(bundle: Any) -> Finding:
    """Say what `check.json` beside the bundle says of it."""
    try:
        check = _load("edge_app.runtime.check").read_check(bundle)
    except EdgeError as error:
        return Finding(State.NOTE, "check", str(error))
    if check is None:
        return Finding(State.NOTE, "check", "not checked; export/check.py does it where the bundle was exported")
    if check.digest != bundle.digest:
        return Finding(State.NOTE, "check", "the check is of another bundle; check this one with export/check.py")
    sets = ", ".join(f"{one.data} {one.images:,} images" for one in check.checks)
    if not check.passed:
        return Finding(State.NOTE, "check", f"checked: FAILED, {sets}; export the bundle again")
    return Finding(State.GOOD, "check", f"checked: passed, {sets}")


def _load(module: str) -> Any:
    """Import a part of the app that needs the packages, which are known to be there by now."""
    return importlib.import_module(module)
