"""Of each digit it is told when it appears, changes or is doubted, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from edge_app.mqtt.events import Event, Newsroom
from edge_app.outputs import encode_reading
from edge_app.result import FrameResult, Reading
from edge_app.runtime.prediction import Prediction, Reason

LABELS = tuple("0123456789")


def read(result: FrameResult, prediction: Prediction) -> FrameResult:
    """The first digit of a frame alone, with another steady reading."""
    one = replace(result, digits=result.digits[:1], tracks=result.tracks[:1])
    one.__dict__["steady"] = Reading("steady", 50, (prediction,))
    return one


def test_a_digit_is_told_when_it_appears_changes_or_is_doubted(result: FrameResult) -> None:
    eight = replace(result.steady.predictions[0], reason=None)
    three = replace(eight, label=3)
    doubted = replace(eight, reason=Reason.AMBIGUOUS)
    newsroom = Newsroom(LABELS)
    stream = [eight, eight, three, doubted, doubted, eight, eight]
    told = [[event.event for event in newsroom.news(read(result, one))] for one in stream]
    assert told == [[Event.APPEARED], [], [Event.CHANGED], [Event.DOUBTED], [], [Event.CHANGED], []]


def test_an_event_says_what_a_json_line_says(result: FrameResult) -> None:
    told = msgspec.json.decode(msgspec.json.encode(Newsroom(LABELS).news(result)))
    line = msgspec.json.decode(encode_reading(result, result.steady, LABELS))
    assert [event["digit"] for event in told] == line["digits"]
    assert len({event["id"] for event in told}) == len(told)
    assert [event["track"] for event in told] == [track.number for track in result.tracks]
