import json
import subprocess
import sys
from pathlib import Path

BLOCKED = """
import sys
from importlib.abc import MetaPathFinder

class Blocker(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"tensorflow", "tf_keras", "keras", "tensorflow_probability"}:
            raise ImportError(f"{name} is blocked")

sys.meta_path.insert(0, Blocker())
sys.argv = ["edge_app", *sys.argv[1:]]
from edge_app.__main__ import main
sys.exit(main())
"""


def test_the_app_runs_where_there_is_no_tensorflow(picture: Path) -> None:
    command = [sys.executable, "-c", BLOCKED, str(picture), "--headless"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["digits"]) == 3


def test_the_blocker_blocks() -> None:
    command = [sys.executable, "-c", BLOCKED.replace("from edge_app.__main__ import main", "import tensorflow")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert "tensorflow is blocked" in done.stderr
