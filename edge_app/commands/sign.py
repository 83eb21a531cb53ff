"""`python -m edge_app sign BUNDLE --key FILE`: signs a bundle, so that devices can tell who made it."""

from __future__ import annotations

from pathlib import Path

from edge_app.options import PROGRAM, Parser
from edge_app.runtime.bundle import load_bundle
from edge_app.runtime.signature import sign_bundle


def run(arguments: list[str]) -> None:
    """Sign, and say where the signature is.

    Raises:
        EdgeError: the bundle or the key is no good, or the signature cannot be written.
    """
    parser = Parser(prog=f"{PROGRAM} sign", description="Sign a bundle; needs the extra sign.")
    parser.add_argument("bundle", type=Path, help="its folder, or one .tflite that is a bundle")
    parser.add_argument("--key", type=Path, required=True, metavar="FILE", help="the private key; see the command keys")
    options = parser.parse_args(arguments)
    print(sign_bundle(load_bundle(options.bundle), options.key))
