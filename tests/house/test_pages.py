"""What the pages for readers say holds: links, commands, code, and a command for every figure."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(ROOT.glob("*.md"))
README = ROOT / "README.md"
Run = Callable[..., subprocess.CompletedProcess[str]]

OWN_MODEL = """
from pathlib import Path

import numpy as np
import tensorflow_probability as tfp
import tf_keras

labels = np.random.default_rng(0).integers(0, 2, 2000)
images = np.random.default_rng(1).random((2000, 12, 12, 1), np.float32)
images[labels == 0, :, 5:7] = images[labels == 1, 5:7] = 0.0
dense = tfp.layers.DenseFlipout(2, activation="softmax", bias_posterior_fn=None, kernel_divergence_fn=None)
model = tf_keras.Sequential([tf_keras.Input((12, 12, 1)), tf_keras.layers.Flatten(), dense])
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
model.fit(images, labels, epochs=3, verbose=0)
image = images[labels == 1][0]
"""


def code_blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)


def commands(page: Path) -> set[str]:
    """Every command of ours that a page names, from the first word after `python`, without its remark."""
    prose = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    lines = "\n".join(code_blocks(page, "sh")).splitlines() + re.findall(r"`([^`]+)`", prose.replace("\n", " "))
    found = (
        re.search(r"python (-m (?:dataset|edge_app|export|train)\b.*|(?:export|tests)/\S+\.py.*)", line)
        for line in lines
    )
    return {match[1].partition("  #")[0].strip() for match in found if match}


def before_options(command: str) -> str:
    return command.partition(" --")[0]


ALL_COMMANDS = sorted(set().union(*map(commands, PAGES)))


def test_the_readme_stays_within_two_screens() -> None:
    assert len(README.read_text().splitlines()) <= 125


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text())
    assert [target for target in targets if ":" not in target and not (ROOT / target).exists()] == []


def test_the_readme_shows_the_json_lines_that_are_written(run: Run, tmp_path: Path) -> None:
    (shown,) = map(json.loads, code_blocks(README, "json"))
    demo = run(sys.executable, "-m", "edge_app", "demo", "--headless", "--max-frames", 1, cwd=tmp_path)
    written = json.loads(demo.stdout)
    assert list(shown) == list(written)
    for part in (lambda line: line["digits"][0], lambda line: line["latency_ms"]):
        assert list(part(shown)) == list(part(written))
        kinds = [
            {key: type(value) for key, value in part(line).items() if key != "reason"}  # None where nothing is unsure
            for line in (shown, written)
        ]
        assert kinds[0] == kinds[1]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_target_exists(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text()
    text = page.read_text()
    named = set(re.findall(r"`make ([a-z-]+)", text)) | set(re.findall(r"^make ([a-z-]+)", text, re.MULTILINE))
    assert [target for target in named if f"\n{target}:" not in makefile] == []


def test_every_table_of_figures_names_its_command() -> None:
    """Before the table, in the section's first words or what stands since the last table; or in each of its rows."""
    silent = []
    for section in re.split(r"^## ", (ROOT / "FIGURES.md").read_text(), flags=re.MULTILINE)[1:]:
        before_table, table, rows = section.partition("\n|")
        if "| command |" in rows.partition("\n")[0]:
            body = [
                row for row in rows.split("\n\n")[0].splitlines()[2:] if not re.search(r"python |make |the same", row)
            ]
            silent += [row for row in body if not re.search(r"python |make |the same", row)]
        elif table and not re.search(r"(python|make) ", before_table):
            silent.append(section.splitlines()[0])
    assert silent == []


EXPLAIN = """
import contextlib, io, json, runpy, sys
explained = {}
for command in json.load(sys.stdin):
    words = command.split()
    run = runpy.run_module if words[0] == "-m" else runpy.run_path
    name, *rest = words[1:] if words[0] == "-m" else words
    sys.argv = [name, *rest, "--help"]
    with contextlib.redirect_stdout(io.StringIO()) as told, contextlib.suppress(SystemExit):
        run(name, run_name="__main__")
    explained[command] = told.getvalue()
print(json.dumps(explained))
"""
"""Gives every command's --help in one process, for most of them load TensorFlow."""


@pytest.mark.slow
def test_every_option_that_a_page_names_exists() -> None:
    commands = sorted({before_options(command) for command in ALL_COMMANDS if " --" in command})
    if find_spec("cosmic_ray") is None:  # the extra mutate
        commands = [command for command in commands if not command.endswith("mutate.py")]
    done = subprocess.run(
        [sys.executable, "-c", EXPLAIN],
        input=json.dumps(commands),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    explained = json.loads(done.stdout.splitlines()[-1])
    missing = [
        (command, option)
        for command in commands
        for text in ALL_COMMANDS
        if before_options(text) == command
        for option in re.findall(r"(?<= )--[a-z-]+", text)
        if option not in explained[command]
    ]
    assert all(explained.values())
    assert missing == []


@pytest.mark.slow
def test_the_readmes_code_exports_a_model_and_reads_with_it(run: Run, tmp_path: Path) -> None:
    script = tmp_path / "own.py"
    script.write_text(OWN_MODEL + "\n".join(code_blocks(README, "python")))
    (tmp_path / "models").mkdir()
    printed = run(sys.executable, script, cwd=tmp_path).stdout.split()
    assert printed[0] == "lying"
    assert printed[-1] == "None"
