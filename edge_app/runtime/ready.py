"""A bundle ready to run: its manifest, and its graphs behind checks of what goes in and what comes out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from edge_app.runtime.bundle import Bundle, manifest_of
from edge_app.runtime.engine import open_engine, require_finite
from edge_app.runtime.errors import EdgeError
from edge_app.runtime.manifest import AnyManifest

M = TypeVar("M", bound=AnyManifest)


class Ready(Generic[M]):
    """A bundle ready to run.

    Attributes:
        bundle: what it runs.
        manifest: what the bundle says of itself.
    """

    def __init__(self, bundle: Bundle, kind: type[M], threads: int) -> None:
        """Load the bundle's graphs.

        Args:
            bundle: what `load_bundle` returned.
            kind: of manifest that is expected.
            threads: how many threads LiteRT may use.

        Raises:
            EdgeError: the bundle gives something else, LiteRT cannot load a graph, or its tensors do not fit the
                manifest.
        """
        self.bundle = bundle
        self.manifest = manifest_of(bundle, kind)
        self._engine = open_engine(bundle, threads=threads)

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the classes, labels or quantities, in the order in which they are given."""
        return self.manifest.labels

    def _run(self, inputs: NDArray[np.float32], check: Callable[[NDArray[np.float32]], object]) -> NDArray[np.float32]:
        """Give every sample's values, float32 [N, K, V].

        Args:
            inputs: float32 [N, ...].
            check: raises ValueError where a graph puts out what it must not.

        Raises:
            ValueError: the inputs are of another shape or type, or hold what is no finite number.
            EdgeError: a graph puts out what it must not.
        """
        require_finite(inputs)
        raw = self._engine.run(inputs)
        try:
            check(raw)
        except ValueError as error:
            raise EdgeError(f"{self.bundle.path}: its graph is broken ({error}); export the bundle again") from None
        return raw
