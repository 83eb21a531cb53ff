"""What Home Assistant is told of the device: one retained message, from which it makes all of its entities.

Device discovery, Home Assistant 2024.11 and newer: https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload
"""

from __future__ import annotations

import importlib.metadata
from typing import Any, Final

import msgspec

from edge_app.mqtt.address import BrokerAddress
from edge_app.mqtt.outbox import Message

DISCOVERY: Final = "homeassistant"
AVAILABILITY, READINGS, HEALTH, STILL, COMMAND = "availability", "readings", "health", "still", "command"
DOUBTFUL = "doubtful"
"""Levels below the device's prefix."""
ONLINE, OFFLINE = b"online", b"offline"
EXPIRES_S: Final = 5
"""What a device's health says is unknown so long after the last word: sooner than the broker gives a device up."""


def discovery_message(address: BrokerAddress) -> Message:
    """Describe the device and its entities."""
    version = importlib.metadata.version("bayes-edge")
    device = address.device
    reading, health = address.topic(READINGS), address.topic(HEALTH)
    entities: dict[str, dict[str, Any]] = {
        "reading": {
            "p": "sensor", "name": "Reading", "stat_t": reading, "val_tpl": "{{ value_json.digit.label }}",
            "json_attr_t": reading, "ic": "mdi:numeric",
        },
        "doubt": {
            "p": "binary_sensor", "name": "Doubt", "stat_t": reading, "ic": "mdi:help",
            "val_tpl": "{{ 'ON' if value_json.digit.unsure else 'OFF' }}",
        },
        "source": {
            "p": "binary_sensor", "name": "Source", "stat_t": health, "dev_cla": "problem", "ent_cat": "diagnostic",
            "val_tpl": "{{ 'OFF' if value_json.healthy else 'ON' }}", "json_attr_t": health,
        },
        "drift": {
            "p": "binary_sensor", "name": "Unlike the calibration", "stat_t": health, "dev_cla": "problem",
            "val_tpl": "{{ 'ON' if value_json.unlike else 'OFF' }}",
        },
        "rate": {
            "p": "sensor", "name": "Frames a second", "stat_t": health, "ent_cat": "diagnostic",
            "val_tpl": "{{ value_json.frames_per_second }}", "stat_cla": "measurement", "unit_of_meas": "fps",
        },
        "celsius": {
            "p": "sensor", "name": "Temperature", "stat_t": health, "ent_cat": "diagnostic", "dev_cla": "temperature",
            "val_tpl": "{{ value_json.celsius }}", "stat_cla": "measurement", "unit_of_meas": "°C",
        },
        "frozen": {
            "p": "switch", "name": "Freeze", "stat_t": health, "cmd_t": address.topic(COMMAND, "frozen"),
            "val_tpl": "{{ 'ON' if value_json.frozen else 'OFF' }}", "ic": "mdi:snowflake",
        },
        "take_still": {"p": "button", "name": "Take a still", "cmd_t": address.topic(COMMAND, "still")},
        "still": {"p": "image", "name": "Still", "img_t": address.topic(STILL), "cont_type": "image/jpeg"},
    }  # fmt: skip
    content = {
        "dev": {"ids": [device], "name": address.prefix, "mf": "bayes-edge", "sw": version},
        "o": {"name": "bayes-edge", "sw": version},
        "avty_t": address.topic(AVAILABILITY),
        "cmps": {
            name: {**entity, "uniq_id": f"{device}-{name}"}
            | ({"exp_aft": EXPIRES_S} if entity.get("stat_t") == health and "sensor" in entity["p"] else {})
            for name, entity in entities.items()
        },
    }
    return Message(f"{DISCOVERY}/device/{device}/config", msgspec.json.encode(content))
