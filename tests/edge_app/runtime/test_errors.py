from hypothesis import given
from hypothesis import strategies as st

from edge_app.runtime.errors import EdgeError


@given(st.text())
def test_a_message_is_one_line_that_can_be_printed(text: str) -> None:
    assert str(EdgeError(text)).isprintable()


def test_plain_text_stays_and_the_rest_is_escaped() -> None:
    assert str(EdgeError("Bücher/3.png: 21 °C")) == "Bücher/3.png: 21 °C"
    assert str(EdgeError("a\nb\x1b[2J")) == "a\\nb\\x1b[2J"


def test_a_long_message_keeps_its_ends() -> None:
    line = str(EdgeError("a" * 700 + "x" * 5000 + "z" * 300))
    assert line == "a" * 700 + " ... " + "z" * 300
    assert str(EdgeError("y" * 1000)) == "y" * 1000
