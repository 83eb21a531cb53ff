"""Gets LiteRT.js, which runs graphs in a browser: one version, known by its hash."""

from __future__ import annotations

import base64
import hashlib
import io
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Final

from export.errors import ExportError

VERSION: Final = "2.5.3"
INTEGRITY: Final = {
    "core": "PlGmbMOq9WitX7FO0jhbdJw9GthatsyuCQXjTt/wJZo0FLaw48q4tz8IwqgqCIkviYGr9OFDL1kCnN4nzWoyJQ==",
    "wasm-utils": "4fJiw6tBQnIs+0jH/OQ16nYOiSl8/+zZnn5h2ul8aTKHi05sVqZW580Tmk78pC2kT39A9OYBVdFawteZ/sI1kQ==",
}
"""Of the packages `@litertjs/core` and `@litertjs/wasm-utils`: SHA-512 in base64, as npm gives it."""
WASM: Final = ("litert_wasm_internal", "litert_wasm_compat_internal")
"""Builds with relaxed SIMD and without; LiteRT.js chooses."""
WAY_OUT: Final = f"give --litert a folder with @litertjs/core and @litertjs/wasm-utils {VERSION} as npm packs them"
IMPORT: Final = (b'from "@litertjs/wasm-utils"', b'from "./wasm-utils.js"')


def read_litert_js(folder: Path | None) -> dict[str, bytes]:
    """Give LiteRT.js's files by their place in a page's folder.

    Args:
        folder: holds the two packages as `npm pack` names them; None to have npm fetch them.

    Raises:
        ExportError: npm is missing or cannot fetch them, or a package is another one than is known.
    """
    if folder is None:
        with tempfile.TemporaryDirectory() as scratch:
            _fetch(Path(scratch))
            return read_litert_js(Path(scratch))
    core, utils = (_read_package(folder, name) for name in INTEGRITY)
    if core["dist/index.js"].count(IMPORT[0]) != 1:
        raise ExportError(f"LiteRT.js: found another import of its parts than is known; use version {VERSION}")
    files = {
        "litert/core.js": core["dist/index.js"].replace(*IMPORT),  # a page has no package names
        "litert/wasm-utils.js": utils["dist/index.js"],
    }
    for name in WASM:
        files |= {f"litert/wasm/{name}{end}": core[f"wasm/{name}{end}"] for end in (".js", ".wasm")}
    return files


def _fetch(folder: Path) -> None:
    names = [f"@litertjs/{name}@{VERSION}" for name in INTEGRITY]
    command = ["npm", "pack", "--silent", "--pack-destination", str(folder), *names]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise ExportError(f"npm: not found, and it fetches LiteRT.js; install it, or {WAY_OUT}") from None
    if answer.returncode:
        reason = (answer.stderr.strip() or f"status {answer.returncode}").splitlines()[0]
        raise ExportError(f"npm: cannot fetch {' and '.join(names)} ({reason}); {WAY_OUT}")


def _read_package(folder: Path, name: str) -> dict[str, bytes]:
    path = folder / f"litertjs-{name}-{VERSION}.tgz"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ExportError(f"{path}: cannot be read ({error.strerror or error}); expected what npm packs") from None
    found = base64.b64encode(hashlib.sha512(content).digest()).decode()
    if found != INTEGRITY[name]:
        raise ExportError(f"{path}: found SHA-512 {found[:12]}..., expected {INTEGRITY[name][:12]}...; fetch it again")
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        files = {member.name: archive.extractfile(member) for member in archive if member.isfile()}
        return {place.partition("/")[2]: file.read() for place, file in files.items() if file}
