"""What CONTRIBUTING.md says of where new things go: one of each kind is added to a copy of the checkout, and works.

An example adds files and lines to files; the files that it touches are those that CONTRIBUTING.md names.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True)
class Example:
    """A new thing of some kind.

    Attributes:
        new: path -> text of a file to be added.
        named: path -> pairs of a line that stands there and of what takes its place.
        proof: a program, run in the checkout, that uses the new thing.
    """

    new: dict[str, str]
    named: dict[str, list[tuple[str, str]]]
    proof: str


CORRUPTION = Example(
    {
        "dataset/corruptions/salt.py": """
import numpy as np

from dataset.corruptions.streams import Images, Streams, draw_each


def salt(ink: Images, streams: Streams) -> Images:
    \"\"\"Bleach a tenth of the pixels.\"\"\"
    return ink * draw_each(streams, lambda stream: stream.random(ink.shape[1:]) > 0.1)
"""
    },
    {
        "dataset/corruptions/corrupt.py": [
            ("import blur, geometry, noise, strokes", "import blur, geometry, noise, salt, strokes"),
            (
                '    "canny_edges": tone.canny_edges,\n',
                '    "canny_edges": tone.canny_edges,\n    "salt": salt.salt,\n',
            ),
        ]
    },
    """
import numpy as np
from dataset.corruptions import NAMES, corrupt
from train.report.selection import CORRUPTED

assert "salt" in NAMES
drawn = corrupt(np.full((20, 28, 28), 200, np.uint8), "salt", split="test")
assert 0.85 < (drawn == 200).mean() < 0.95, (drawn == 200).mean()
""",
)

SOURCE = Example(
    {
        "edge_app/sources/blank.py": """
from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from edge_app.sources.frames import Frame, SourceKind


class Blank:
    \"\"\"Three sheets of white paper.\"\"\"

    name = "blank"
    kind = SourceKind.CLIP
    rate = 10.0
    length: int | None = 3
    files = ()

    def __iter__(self) -> Iterator[Frame]:
        for index in range(3):
            yield Frame(np.full((48, 64, 3), 255, np.uint8), index / self.rate)

    def close(self) -> None:
        pass
"""
    },
    {
        "edge_app/sources/open.py": [
            ("import pictures, video\n", "import blank, pictures, video\n"),
            (
                '    if text == "picamera":\n',
                '    if text == "blank":\n        return blank.Blank()\n    if text == "picamera":\n',
            ),
        ]
    },
    """
import json, subprocess, sys
command = [sys.executable, "-m", "edge_app", "blank", "--headless"]
lines = subprocess.run(command, capture_output=True, check=True).stdout.splitlines()
assert [json.loads(line)["digits"] for line in lines] == [[], [], []], lines
""",
)

OUTPUT = Example(
    {
        "edge_app/outputs/count.py": """
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edge_app.outputs.files import Files
from edge_app.outputs.sink import Run
from edge_app.result import FrameResult


@dataclass(frozen=True, slots=True)
class Count:
    \"\"\"The number of digits read, to be written to a file.\"\"\"

    path: Path

    @property
    def files(self) -> Files | None:
        return Files(self.path)

    def open(self, run: Run) -> Counter:
        return Counter(self.path)


class Counter:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._digits = 0

    def take(self, result: FrameResult) -> None:
        self._digits += len(result.digits)

    def close(self) -> None:
        self._path.write_text(str(self._digits))
"""
    },
    {
        "edge_app/commands/arguments.py": [
            (
                "from edge_app.outputs import ",
                "from edge_app.outputs.count import Count\nfrom edge_app.outputs import ",
            ),
            (
                "    add_machine_options(parser)",
                '    parser.add_argument("--count", type=lambda x: Count(Path(x)))\n    add_machine_options(parser)',
            ),
            ("for output in (found.jsonl, ", "for output in (found.count, found.jsonl, "),
        ]
    },
    """
import subprocess, sys
from pathlib import Path
command = [sys.executable, "-m", "edge_app", "demo", "--headless", "--max-frames", "5", "--count", "digits.txt"]
subprocess.run(command, check=True)
assert int(Path("digits.txt").read_text()) >= 5
""",
)

NETWORK = Example(
    {},
    {
        "models/networks.py": [
            (
                "BUILDERS: dict",
                '''def shallow(rows: int, make_prior: MakePrior = spike_and_slab) -> tf_keras.Sequential:
    """Build a network of one Bayesian layer."""
    return tf_keras.Sequential(
        [
            tf_keras.Input(INPUT_SHAPE, name="image"),
            tf_keras.layers.AveragePooling2D(4, name="pool"),
            tf_keras.layers.Flatten(name="flatten"),
            tfpl.DenseVariational(CLASSES, independent_normal, make_prior, kl_weight=1 / rows, name="dense"),
            class_distribution(),
        ],
        name="shallow",
    )


BUILDERS: dict''',
            ),
            ('    "lenet": lenet,\n', '    "lenet": lenet,\n    "shallow": shallow,\n'),
            ('    "lenet": {', '    "shallow": {"spike_and_slab": spike_and_slab},\n    "lenet": {'),
        ],
        "train/recipes.py": [
            (
                '        Recipe("bayesian"',
                '        Recipe("shallow", 1, "negative_log_likelihood", "spike_and_slab"),\n        Recipe("bayesian"',
            )
        ],
    },
    """
import subprocess, sys
from export.to_tflite import main as export
from train.__main__ import main as train

assert train(["--model", "shallow", "--images", "4000", "--holdout", "2000", "--out", "run"]) == 0
assert export(["run", "--samples", "3", "--risk", "0.5", "--out", "bundle"]) == 0
command = [sys.executable, "-m", "edge_app", "demo", "--headless", "--bundle", "bundle", "--max-frames", "2"]
subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
""",
)

ACTIVATION = Example(
    {},
    {
        "models/network.py": [('    TANH = "tanh"\n', '    TANH = "tanh"\n    SOFTSIGN = "softsign"\n')],
        "export/graphs/layers.py": [
            (
                "    Activation.TANH: tf.nn.tanh,\n",
                "    Activation.TANH: tf.nn.tanh,\n    Activation.SOFTSIGN: tf.nn.softsign,\n",
            )
        ],
    },
    """
from pathlib import Path
import numpy as np
from export import ExportOptions, Holdout, to_bundle
import tensorflow_probability as tfp, tf_keras

rng = np.random.default_rng(0)
images, labels = rng.random((600, 6, 6, 1), np.float32), np.arange(600) % 2
dense = tfp.layers.DenseFlipout(2, activation="softmax", bias_posterior_fn=None, kernel_divergence_fn=None)
model = tf_keras.Sequential(
    [tf_keras.Input((6, 6, 1)), tf_keras.layers.Conv2D(3, 3, activation="softsign"), tf_keras.layers.Flatten(), dense]
)
options = ExportOptions(samples=3, target_risk=0.1)
to_bundle(model, Path("bundle"), Holdout(images, labels), options, labels=("a", "b"), paper=1.0, ink=0.0)
""",
)

FIGURE = Example(
    {
        "train/report/figures/classes.py": """
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from dataset import Split


def draw_classes(split: Split) -> Figure:
    \"\"\"Draw how many images there are of each class.\"\"\"
    figure, axes = plt.subplots()
    axes.bar(range(10), np.bincount(split.y, minlength=10))
    return figure
"""
    },
    {
        "train/report/sections.py": [
            (
                "from train.report.figures.confusion",
                "from train.report.figures.classes import draw_classes\nfrom train.report.figures.confusion",
            ),
            (
                "(_strips(tests),)",
                '(_strips(tests), Plot("classes", "Images of each class", partial(draw_classes, tests[CLEAN])))',
            ),
        ]
    },
    """
from pathlib import Path
from models.runs import PRETRAINED
from train.report.collect import collect
from train.report.plan import Plan, Sizes
from train.report.subjects import load_subjects
from train.report.write import whole_folder, write

few = Sizes(
    test_stride=200, test_passes=3, corruption_stride=1000, corruption_passes=3, curve_stride=1000, interval_passes=5
)
report = collect(Plan(load_subjects([PRETRAINED / "bayesian"], [], seed=0), few, seed=0, corruptions=("spatter",)))
with whole_folder(Path("report")) as folder:
    write(report, folder)
assert "Images of each class" in Path("report/index.html").read_text()
assert len(list(Path("report").glob("classes.*"))) == 2
""",
)

QUANTISATION = Example(
    {},
    {
        "edge_app/runtime/manifest.py": [('    INT8 = "int8"\n', '    INT8 = "int8"\n    INT16 = "int16"\n')],
        "export/quantisation.py": [
            (
                "def _to_int8(",
                """def _to_int16(converter: tf.lite.TFLiteConverter, images: NDArray[np.float32]) -> bytes:
    converter.target_spec.supported_ops = [tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8]
    converter.representative_dataset = lambda: _one_by_one(images)
    return _to_dynamic(converter, images)


def _to_int8(""",
            ),
            (
                "SCHEMES = {",
                """SCHEMES = {
    Quantisation.INT16: Scheme(
        _to_int16, None, "integer", Tolerance(sample=0.1, predictive=2e-2, accuracy=0.002), rounding=0.1, line="dashdot"
    ),""",
            ),
        ],
    },
    """
from pathlib import Path
from edge_app.runtime.bundle import load_bundle
from export.to_tflite import main
from models.runs import PRETRAINED

run = str(PRETRAINED / "bayesian")
main([run, "--samples", "3", "--quantize", "int16", "--out", "bundle"])
main([run, "--samples", "3", "--out", "exact"])
exact, rounded = (load_bundle(Path(name)) for name in ("exact", "bundle"))
assert rounded.manifest.quantisation == "int16"
assert len(rounded.graphs[0]) < len(exact.graphs[0])
""",
)

EXAMPLES = {
    "corruption": CORRUPTION,
    "source": SOURCE,
    "output": OUTPUT,
    "network": NETWORK,
    "activation": ACTIVATION,
    "quantisation": QUANTISATION,
    "report figure": FIGURE,
}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A checkout of one's own; the data set is read where it is."""
    for room in ("bayes_edge", "dataset", "edge_app", "export", "models", "train"):
        shutil.copytree(
            ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__", ".cache", "MNIST.npz")
        )
    for data in (ROOT / "dataset").glob("*.npz"):
        (tmp_path / "dataset" / data.name).symlink_to(data)
    return tmp_path


def files_named(kind: str) -> set[str]:
    """The files to touch, as CONTRIBUTING.md has them; NEW stands for a file's own name."""
    page = (ROOT / "CONTRIBUTING.md").read_text()
    (row,) = re.findall(rf"^\| {kind} \|(.*)$", page, re.MULTILINE)
    return set(re.findall(r"`([^`]+/[^`]+)`", row))


@pytest.mark.parametrize("kind", EXAMPLES)
def test_one_more_of_each_kind(kind: str, copy: Path, run: Run) -> None:
    example = EXAMPLES[kind]
    for name, text in example.new.items():
        assert not (copy / name).exists()
        (copy / name).write_text(text)
    for name, changes in example.named.items():
        text = (copy / name).read_text()
        for old, new in changes:
            assert text.count(old) == 1, f"{name}: expected {old!r} once"
            text = text.replace(old, new)
        (copy / name).write_text(text)
    touched = {re.sub(r"[a-z_]+\.py$", "NEW.py", name) for name in example.new} | set(example.named)
    assert touched == files_named(kind)
    (copy / "proof.py").write_text(example.proof)
    run(sys.executable, "proof.py", cwd=copy, env=os.environ | {"PYTHONPATH": str(copy)})
