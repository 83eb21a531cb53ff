"""Which commands of the workshop do without TensorFlow, which takes longer to load than most of them take."""

import subprocess
import sys
from pathlib import Path

import pytest

import export
from edge_app.options import DEFAULT_BUNDLE
from edge_app.runtime.bundle import load_bundle

WITHOUT = [
    "export.publish",
    "export.schema",
    "train.drift",
    "train.promise",
    "train.scenes",
    "train.trials",
]
LOOK = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
print(sorted({"tensorflow", "tf_keras", "keras", "tensorflow_probability"} & set(sys.modules)))
"""


@pytest.mark.slow
def test_commands_that_need_no_tensorflow_load_none() -> None:
    pytest.importorskip("tuf", reason="needs the extra fleet")
    done = subprocess.run(
        [sys.executable, "-c", LOOK, *WITHOUT], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "[]\n"


@pytest.mark.slow
def test_a_bundle_is_published_where_there_is_no_tensorflow(tmp_path: Path) -> None:
    pytest.importorskip("tuf", reason="needs the extra fleet")
    script = (
        "import sys; sys.modules['tensorflow'] = sys.modules['tf_keras'] = None\n"
        "from export.publish import main; sys.exit(main(sys.argv[1:]))"
    )
    arguments = [str(DEFAULT_BUNDLE), "--repository", str(tmp_path / "fleet")]
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert f"bundle {load_bundle(DEFAULT_BUNDLE).digest[:12]}  stage 1 of 3" in done.stdout


def test_what_the_room_does_not_hold_is_no_attribute() -> None:
    assert set(export.__all__) == set(export.HOMES)
    with pytest.raises(AttributeError, match=r"module 'export' has no attribute 'to_nothing'"):
        getattr(export, "to_nothing")  # noqa: B009 - mypy knows that it is missing
