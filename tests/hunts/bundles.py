"""Bundles: damaged files, graphs with hashes made anew, manifests with a changed bit, and what is no file at all."""

from __future__ import annotations

import os
import random
import shutil
import socket
import sys
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
from guarded import Bounds
from hunt import Attempt
from mutation import mutate

from edge_app.runtime import trial
from edge_app.runtime.bundle import MANIFEST, describe_graphs, load_bundle
from edge_app.runtime.check import CHECK
from edge_app.runtime.classifier import Classifier, open_bundle
from edge_app.runtime.embedded import find_manifest
from edge_app.runtime.errors import EdgeError
from edge_app.runtime.flatbuffer import read_graph
from edge_app.runtime.manifest import Manifest
from edge_app.runtime.manifest_text import decode_manifest, encode_manifest
from edge_app.runtime.soundness import require_sound

SHIPPED = Path(__file__).parents[2] / "edge_app" / "bundles" / "digits"
ODD = ("fifo", "device", "zero", "loop", "sparse", "socket", "folder", "missing")


def _say(error: EdgeError) -> int:
    os.write(2, f"{error}\n".encode(errors="backslashreplace"))
    return 1


def _open(place: Path, image: tuple[int, ...] = (28, 28, 1)) -> int:
    try:
        open_bundle(place).classify(np.ones(image, np.float32))
    except EdgeError as error:
        return _say(error)
    return 0


def _open_crafted(place: Path) -> int:
    """Open a bundle as `open_bundle` does, but its trial is a fork of this process, which is cheaper than a new one."""
    try:
        bundle = load_bundle(place)
        for source, graph in zip(bundle.sources, bundle.graphs, strict=True):
            require_sound(graph, str(source))
        pid = os.fork()
        if pid == 0:
            status = trial.main_apart(place, trial.read_blank)
            sys.stderr.flush()
            os._exit(status)
        status = os.waitpid(pid, 0)[1]
        if os.WIFSIGNALED(status):
            return _say(EdgeError(f"{place}: the trial ended with signal {os.WTERMSIG(status)}"))
        if os.WEXITSTATUS(status):
            return 1
        Classifier(bundle).classify(np.ones(bundle.manifest.input.shape, np.float32))
    except EdgeError as error:
        return _say(error)
    return 0


class Bundles:
    """A bundle whose files are damaged or are no files; it must be refused whenever a byte is not the exporter's."""

    name = "bundles"
    bounds = Bounds()

    def prepare(self, folder: Path) -> None:
        """Copy the shipped bundle."""
        shutil.copytree(SHIPPED, folder / "digits")

    def attempt(self, rng: random.Random, folder: Path) -> Attempt:
        """Damage the manifest, the graph or a lone graph, or put something else in a file's place."""
        names = sorted(path.name for path in (folder / "digits").iterdir() if path.name != CHECK)
        name = rng.choice(names)
        if rng.random() < 0.3:
            return self.replay(rng.choice(ODD).encode(), f".{name}.odd", folder)
        original = (folder / "digits" / name).read_bytes()
        content = mutate(original, rng)
        if content == original:
            content += b" "
        lone = ".lone" if name.endswith(".tflite") and rng.random() < 0.3 else ""
        return replace(self.replay(content, f"{lone}.{name}", folder), original=original)

    def replay(self, content: bytes, suffix: str, folder: Path) -> Attempt:
        """Put the content, or for `.odd` what it names, into the place of the file that the suffix names.

        With `.lone` in front that file is opened by itself.
        """
        place = folder.parent / "damaged"
        victim = place / suffix.removeprefix(".lone").removeprefix(".").removesuffix(".odd")

        def run() -> int:
            shutil.rmtree(place, ignore_errors=True)
            shutil.copytree(folder / "digits", place)
            if suffix.endswith(".odd"):
                _replace(victim, content.decode())
            else:
                victim.write_bytes(content)
            return _open(victim if suffix.startswith(".lone") else place)

        return Attempt(run, content, suffix, frozenset({1}))


class Graphs:
    """Graphs that were changed on purpose: every hash is made anew, so that only what a graph is can be checked."""

    name = "graphs"
    bounds = Bounds(seconds=60.0, processor=8.0)  # the trial, which may take five seconds, is part of it

    def prepare(self, folder: Path) -> None:
        """Take the shipped graphs, and where their structure stands in them."""
        shutil.copytree(SHIPPED, folder / "digits")
        self._bundle = load_bundle(SHIPPED)
        self._places = []
        for graph in self._bundle.graphs:
            large = [part for part in read_graph(graph).buffers if part.stop - part.start > 64]
            inside = np.zeros(len(graph), bool)
            for part in large:
                inside[part] = True
            self._places.append(np.flatnonzero(~inside).tolist())

    def attempt(self, rng: random.Random, folder: Path) -> Attempt:
        """Change the structure of one graph."""
        index = rng.randrange(len(self._bundle.graphs))
        original = self._bundle.graphs[index]
        content = mutate(original, rng, self._places[index])
        return replace(self.replay(content, f".{self._bundle.manifest.files[index].name}", folder), original=original)

    def replay(self, content: bytes, suffix: str, folder: Path) -> Attempt:
        """Open a bundle of which the suffix names a graph that has this content; its hashes fit."""
        place = folder.parent / "crafted"
        files = self._bundle.manifest.files
        named = {file.name: graph for file, graph in zip(files, self._bundle.graphs, strict=True)}
        named |= {suffix.removeprefix("."): content}
        manifest = msgspec.structs.replace(self._bundle.manifest, files=describe_graphs(named))

        def run() -> int:
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir()
            for name, graph in named.items():
                (place / name).write_bytes(graph)
            (place / MANIFEST).write_bytes(encode_manifest(manifest))
            return _open_crafted(place)

        return Attempt(run, content, suffix, frozenset({0, 1}))


class Manifests:
    """Every bit of a manifest by itself, of a folder's and of one inside a graph; each change must be refused."""

    name = "manifests"
    bounds = Bounds(seconds=60.0, processor=10.0)
    share = 64
    """Bits an attempt."""

    def prepare(self, folder: Path) -> None:
        """Take the shipped bundle's two manifests."""
        shutil.copytree(SHIPPED, folder / "digits")
        graph = next(SHIPPED.glob("*.tflite")).read_bytes()
        self._texts = [(SHIPPED / MANIFEST).read_bytes(), graph[find_manifest(graph, "x")]]
        self._next = 0

    def attempt(self, rng: random.Random, folder: Path) -> Attempt:  # noqa: ARG002 - writes nothing, leaves no chance
        """Flip the next 64 bits, one after the other; from the last bit of both manifests it begins anew."""
        bits = [(text, bit) for text in self._texts for bit in range(8 * len(text))]
        chosen = [bits[(self._next + index) % len(bits)] for index in range(self.share)]
        self._next += self.share
        return Attempt(lambda: _refuse_all(chosen), repr([bit for _, bit in chosen]).encode(), ".txt", frozenset({0}))


def _refuse_all(bits: list[tuple[bytes, int]]) -> int:
    for text, bit in bits:
        changed = bytearray(text)
        changed[bit // 8] ^= 1 << bit % 8
        try:
            found: Manifest = decode_manifest(bytes(changed), "x")
        except EdgeError as error:
            if "\n" in str(error):
                return 3
            continue
        if found != decode_manifest(text, "x") or bytes(changed) != text:
            return 4
    return 0


def _replace(victim: Path, kind: str) -> None:
    victim.unlink()
    match kind:
        case "fifo":
            os.mkfifo(victim)
        case "device":
            victim.symlink_to("/dev/null")
        case "zero":
            victim.symlink_to("/dev/zero")
        case "loop":
            victim.symlink_to(victim)
        case "sparse":
            with victim.open("wb") as file:
                file.truncate(4 << 30)
        case "socket":
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(os.path.relpath(victim))
        case "folder":
            victim.mkdir()
