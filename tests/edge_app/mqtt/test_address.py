"""What stands for a broker, and where its password comes from."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from edge_app.mqtt.address import PASSWORD, BrokerAddress, read_address, read_password
from edge_app.runtime.errors import EdgeError


def test_an_address_says_where_and_who_and_under_which_prefix() -> None:
    address = read_address("mqtts://me@broker.example:1234/attic/camera 1".replace(" 1", "%31"))
    assert address == BrokerAddress(True, "broker.example", 1234, "me", "attic/camera1")  # noqa: FBT003
    assert (str(address), address.device) == ("mqtts://broker.example:1234", "attic-camera1")
    assert address.topic("command", "still") == "attic/camera1/command/still"
    plain = read_address("mqtt://[::1]")
    assert (plain.tls, plain.port, plain.user) == (False, 1883, None)
    assert (plain.prefix, str(plain)) == (f"bayes-edge/{socket.gethostname()}", "mqtt://[::1]:1883")


@pytest.mark.parametrize(
    "text",
    [
        "broker",
        "http://broker",
        "mqtt://",
        "mqtt://b:x",
        "mqtt://b/a+b",
        "mqtt://b/a//b",
        "mqtt://b/a%20b",
        "mqtt://b/%23",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        read_address(text)


def test_a_password_in_the_address_is_refused_and_not_told() -> None:
    with pytest.raises(ValueError, match="--mqtt-password") as raised:
        read_address("mqtt://me:secret@broker")
    assert "secret" not in str(raised.value)


def test_the_password_is_the_files_first_line_or_the_environments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(PASSWORD, raising=False)
    assert read_password(None) is None
    monkeypatch.setenv(PASSWORD, "from the environment")
    assert read_password(None) == "from the environment"
    (tmp_path / "password").write_text("from the file \nmore\n")
    assert read_password(tmp_path / "password") == "from the file "
    with pytest.raises(EdgeError, match="cannot be read"):
        read_password(tmp_path / "none")
