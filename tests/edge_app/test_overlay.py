import itertools
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_app.finder import Box, Digit
from edge_app.overlay import AnnotatedFrame, ReadDigit, Status, draw_frame, draw_notice, words
from edge_app.overlay.compact import place_labels
from edge_app.overlay.layout import lay_out
from edge_app.overlay.lettering import Align, text_width, write_text
from edge_app.overlay.tags import place_tags, write_tags
from edge_app.overlay.theme import LOOKS
from edge_app.result import explained
from edge_app.runtime.prediction import Prediction, Reason, Thresholds, predict

LABELS = tuple("0123456789")
STATUS = Status(frames_per_second=30, latency_ms=5.2, samples=50, calibrated=50)
SIZES = [(320, 240), (640, 480), (1920, 1080)]


def predicted(reason: Reason | None) -> Prediction:
    """A prediction in each state of doubt: all samples say 7; all waver between 3 and 8; each says something else."""
    if reason is None:
        p = np.full((50, 10), 0.001)
        p[:, 7] = 0.991
    elif reason is Reason.AMBIGUOUS:
        p = np.full((50, 10), 0.001)
        p[:, [3, 8]] = 0.546, 0.446
    else:
        p = np.eye(10)[np.arange(50) % 10]
    found = predict(p, Thresholds(0.5, 0.8))
    assert found.reason is reason
    return found


def make_frame(
    reason: Reason | None, size: tuple[int, int] = (640, 480), box: Box | None = None, *, panel: bool = True
) -> AnnotatedFrame:
    width, height = size
    box = box or Box(width // 3, height // 3, width // 8, height // 5)
    digit = Digit(box, np.linspace(0, 1, 784, dtype=np.float32).reshape(28, 28, 1))
    image = np.full((height, width, 3), 200, np.uint8)
    return AnnotatedFrame(image, (ReadDigit(digit, predicted(reason)),), 0, LABELS, STATUS, panel=panel)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("panel", [True, False])
def test_the_picture_keeps_its_size_and_the_canvas_is_even(size: tuple[int, int], *, panel: bool) -> None:
    frame = make_frame(None, size, panel=panel)
    canvas = draw_frame(frame)
    assert canvas.dtype == np.uint8
    assert canvas.shape[0] % 2 == canvas.shape[1] % 2 == 0
    assert canvas.shape[0] > size[1]
    assert (canvas.shape[1] > size[0]) is panel
    assert (canvas[size[1] - 1, size[0] - 1] == 200).all()  # the picture's last corner
    assert (frame.image == 200).all()  # the frame itself is left alone


@given(st.integers(1, 5000), st.integers(1, 5000))
def test_any_frame_fits_its_canvas(width: int, height: int) -> None:
    layout = lay_out(width, height, panel=True)
    assert layout.width % 2 == layout.height % 2 == layout.panel % 2 == layout.banner % 2 == 0
    assert 320 <= layout.width <= 1920
    assert 240 <= layout.height <= 1080
    assert layout.left + round(width * layout.scale) <= layout.width
    assert layout.top + round(height * layout.scale) <= layout.height
    assert layout.line >= 12


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (4032, 3024)])
def test_odd_frames_are_drawn(size: tuple[int, int]) -> None:
    frame = make_frame(Reason.AMBIGUOUS, size, Box(0, 0, 1, 1))
    assert draw_frame(frame).shape[0] % 2 == 0


@pytest.mark.parametrize("size", SIZES)
def test_states_of_doubt_differ_without_colour(size: tuple[int, int]) -> None:
    strokes = []
    for reason in (None, Reason.AMBIGUOUS, Reason.UNFAMILIAR):
        frame = make_frame(reason, size)
        grey = cv2.cvtColor(draw_frame(frame), cv2.COLOR_BGR2GRAY)
        box = frame.digits[0].digit.box
        lower_edge = grey[box.y + box.height + round(0.3 * lay_out(*size, panel=True).line), : size[0]] != 200
        strokes.append(np.count_nonzero(np.diff(lower_edge.astype(int)) == 1))
    solid, dashed, dotted = strokes
    assert solid == 1 < dashed < dotted


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("reason", [Reason.AMBIGUOUS, Reason.UNFAMILIAR])
def test_a_warning_is_written_large_across_the_banner(size: tuple[int, int], reason: Reason) -> None:
    width, height = size
    banner = draw_frame(make_frame(reason, size))[height:, :width]
    dark = cv2.cvtColor(banner, cv2.COLOR_BGR2GRAY) < 40
    letters = dark[:, round(0.2 * width) : round(0.5 * width)]
    rows = np.flatnonzero(letters.any(axis=1))
    assert rows[-1] - rows[0] > height / 14  # capitals of more than a fourteenth of the picture's height
    assert np.ptp(banner[2, :: width // 8], axis=0).max() == 0  # one ground from end to end
    assert banner[2, 2].astype(int).max() > 200


def test_the_panel_has_a_bar_per_class_as_wide_as_its_interval() -> None:
    p = np.full((50, 10), 0.02)
    p[:, 4] = np.linspace(0.3, 0.82, 50)
    p[:, 5:6] = (0.84 - p[:, 4])[:, None]
    prediction = predict(p, Thresholds(9, 0.9))
    frame = make_frame(None)
    frame = replace(frame, digits=(replace(frame.digits[0], prediction=prediction),))
    layout = lay_out(640, 480, panel=True)
    panel = draw_frame(frame)[:, layout.width :].astype(int)
    chosen = (abs(panel - [233, 180, 86]).max(axis=2) < 8)[round(7 * layout.line) :]
    columns = np.flatnonzero(chosen.any(axis=0))
    track = (10 - 0.7 - 0.7 - 1.3) * layout.line
    low, high = prediction.interval
    assert (columns[-1] - columns[0]) / track == pytest.approx(high - low, abs=0.02)
    assert (columns[0] - 2.0 * layout.line) / track == pytest.approx(low, abs=0.02)


def test_the_panel_shows_what_the_network_sees() -> None:
    frame = make_frame(None)
    layout = lay_out(640, 480, panel=True)
    side, top = round(4.4 * layout.line), round(0.7 * layout.line)
    left = layout.width + round((10 - 0.7 - 4.4) * layout.line)
    view = draw_frame(frame)[top : top + side, left : left + side, 0]
    seen = cv2.resize(view, (28, 28), interpolation=cv2.INTER_AREA) / 255
    assert seen == pytest.approx(frame.digits[0].digit.image[..., 0], abs=0.06)


def test_a_mirror_turns_the_picture_and_its_boxes_but_not_the_text() -> None:
    frame = make_frame(None, box=Box(100, 200, 60, 80))
    frame.image[200:280, 100:160] = 50
    plain, mirrored = draw_frame(frame), draw_frame(replace(frame, mirrored=True))
    assert plain[240, 130].max() == 50
    assert mirrored[240, 640 - 130].max() == 50
    assert (plain[480:] == mirrored[480:]).all()


def test_tags_of_neighbours_do_not_hide_one_another() -> None:
    boxes = [Box(60 + 62 * i, 200, 40, 60) for i in range(8)]
    frame = make_frame(Reason.AMBIGUOUS)
    read = frame.digits[0]
    digits = tuple(ReadDigit(replace(read.digit, box=box), read.prediction) for box in boxes)
    canvas = draw_frame(replace(frame, digits=digits))
    for box in boxes:
        inside = canvas[box.y + 2 : box.y + box.height - 2, box.x + 2 : box.x + box.width - 2]
        assert (inside == 200).all()


def apart(one: Box, other: Box) -> bool:
    beside = one.x + one.width <= other.x or other.x + other.width <= one.x
    return beside or one.y + one.height <= other.y or other.y + other.height <= one.y


@pytest.mark.parametrize("size", SIZES)
def test_tags_on_a_dense_page_hide_neither_digits_nor_one_another(size: tuple[int, int]) -> None:
    layout = lay_out(*size, panel=True)
    line = layout.line
    boxes = [Box(line + 6 * c * line, line + 4 * r * line, 3 * line, 3 * line) for r in range(4) for c in range(4)]
    reasons = (None, Reason.AMBIGUOUS, Reason.UNFAMILIAR)
    choices = [list(write_tags(predicted(reasons[i % 3]), LABELS, layout)) for i in range(len(boxes))]
    spots = [place.spot for place in place_tags(choices, boxes, layout)]
    assert all(apart(spot, box) for spot in spots for box in boxes)
    assert all(apart(one, other) for one, other in itertools.combinations(spots, 2))


def crowd(count: int, side: int, pitch: int) -> AnnotatedFrame:
    """A page of digits in rows, every third of them doubtful."""
    reasons = (None, None, Reason.AMBIGUOUS)
    columns = 600 // pitch
    reads = tuple(
        ReadDigit(
            Digit(
                Box(20 + pitch * (i % columns), 20 + pitch * (i // columns), side, side),
                np.ones((28, 28, 1), np.float32),
            ),
            predicted(reasons[i % 3]),
        )
        for i in range(count)
    )
    return AnnotatedFrame(np.full((480, 640, 3), 200, np.uint8), reads, 2, LABELS, STATUS)


@pytest.mark.parametrize(("count", "side", "pitch"), [(12, 40, 100), (80, 30, 52), (250, 18, 26)])
def test_labels_of_many_digits_hide_no_other_digit(count: int, side: int, pitch: int) -> None:
    boxes = [read.digit.box for read in crowd(count, side, pitch).digits]
    spots = place_labels([("3", "3?")[i % 2] for i in range(count)], boxes, lay_out(640, 480, panel=True))
    for i, spot in enumerate(spots):
        assert all(apart(spot, box) for box in boxes[:i] + boxes[i + 1 :])
        assert all(apart(spot, other) for other in spots[:i])


def test_many_digits_stay_readable_under_their_boxes() -> None:
    frame = crowd(80, 30, 52)
    canvas = draw_frame(frame)
    for box in (read.digit.box for read in frame.digits):
        assert (canvas[box.y + 4 : box.y + box.height - 4, box.x + 4 : box.x + box.width - 4] == 200).all()


@given(
    st.lists(
        st.builds(Box, st.integers(0, 600), st.integers(0, 440), st.integers(1, 40), st.integers(1, 40)), min_size=1
    )
)
def test_every_label_is_in_the_picture(boxes: list[Box]) -> None:
    layout = lay_out(640, 480, panel=True)
    for spot in place_labels(["3?"] * len(boxes), boxes, layout):
        assert 0 <= spot.x <= 640 - spot.width
        assert 0 <= spot.y <= 480 - spot.height


def test_the_panel_lists_the_doubtful_first() -> None:
    """The list's first marks have the colour of doubt although the first digits of the page have none."""
    canvas = draw_frame(crowd(80, 30, 52))
    panel = canvas[:, 640:]
    doubtful = np.flatnonzero((panel == LOOKS[Reason.AMBIGUOUS].colour).all(axis=2).any(axis=1))
    certain = np.flatnonzero((panel == LOOKS[None].colour).all(axis=2).any(axis=1))
    assert len(doubtful) > 0
    assert len(certain) == 0  # 26 of 80 are doubtful: more than the panel has room for


@given(st.lists(st.builds(Box, st.integers(0, 600), st.integers(0, 440), st.integers(1, 40), st.integers(1, 40))))
def test_every_digit_has_a_tag_in_the_picture(boxes: list[Box]) -> None:
    layout = lay_out(640, 480, panel=True)
    tags = list(write_tags(predicted(Reason.AMBIGUOUS), LABELS, layout))
    places = place_tags([tags] * len(boxes), boxes, layout)
    assert len(places) == len(boxes)
    for place in places:
        assert 0 <= place.spot.x <= 640 - place.spot.width
        assert 0 <= place.spot.y <= 480 - place.spot.height


def test_a_tag_is_as_full_as_its_room() -> None:
    layout = lay_out(640, 480, panel=True)
    tags = list(write_tags(predicted(Reason.AMBIGUOUS), LABELS, layout))
    alone, *_ = place_tags([tags], [Box(300, 200, 60, 80)], layout)
    assert alone.tag == tags[0]
    assert alone.tag.certainty.startswith("55 % (")
    tiles = [Box(64 * c, 80 * r, 64, 80) for r in range(6) for c in range(10)]
    assert {place.tag for place in place_tags([tags] * len(tiles), tiles, layout)} == {tags[-1]}
    assert tags[-1].reading == "3?"


def test_help_lists_every_key() -> None:
    frame = make_frame(None)
    helped = draw_frame(replace(frame, help=True))
    assert (helped[:480, :640] > 150).mean() < 0.1  # dimmed
    assert (helped[:480, :640] > 150).any()


def test_a_notice_takes_the_place_of_the_picture() -> None:
    canvas = draw_notice("camera 0: lost; trying again in 2 s", (640, 480), panel=True)
    assert canvas.shape == draw_frame(make_frame(None)).shape
    assert (canvas == 200).all(axis=2).sum() == 0
    assert (canvas > 240).any()


def test_text_stands_where_it_should() -> None:
    for align, left in (
        (Align.LEFT, 100),
        (Align.CENTRE, 100 - text_width("88", 40) / 2),
        (Align.RIGHT, 100 - text_width("88", 40)),
    ):
        canvas = np.zeros((100, 200, 3), np.uint8)
        write_text(canvas, "88", (100, 50), 40, (255, 255, 255), align=align)
        rows, columns = np.nonzero(canvas[..., 0] > 128)
        assert columns.min() == pytest.approx(left, abs=4)
        assert (rows.min() + rows.max()) / 2 == pytest.approx(50, abs=1.5)


def test_a_label_with_a_line_end_is_one_line() -> None:
    assert text_width("a\nb", 20) == text_width(r"a\nb", 20)


@given(st.integers(-300, 300), st.integers(-300, 300))
def test_text_beyond_the_edge_is_cut_off(x: int, y: int) -> None:
    canvas = np.zeros((40, 60, 3), np.uint8)
    write_text(canvas, "Unsure: 3 or 8?", (x, y), 30, (1, 2, 3))
    assert (canvas <= (1, 2, 3)).all()


@given(st.floats(0, 1), st.floats(0, 1))
def test_an_interval_is_rounded_outwards(a: float, b: float) -> None:
    p = np.zeros((2, 10))
    p[:, 7] = a, b
    p[:, 0] = 1 - a, 1 - b
    prediction = predict(p, Thresholds(9, 1))
    low, high = (int(part) for part in words.interval(replace(prediction, label=7)).rstrip(" %").split(" to "))
    assert low <= 100 * prediction.low[7] <= prediction.high[7] * 100 <= high
    assert high - low < 100 * (prediction.high[7] - prediction.low[7]) + 2


def test_headlines_are_plain_english() -> None:
    assert words.headline(predicted(None), LABELS) == "7, 99 %"
    assert words.headline(predicted(Reason.AMBIGUOUS), LABELS) == "Unsure: 3 or 8?"
    assert words.headline(predicted(Reason.UNFAMILIAR), LABELS) == "Not like my digits"
    assert words.label_set(predicted(Reason.AMBIGUOUS), LABELS) == "3, 8"
    assert words.label_set(predicted(Reason.UNFAMILIAR), LABELS) == "empty"
    stranger = explained(predicted(Reason.UNFAMILIAR), None)
    assert words.headline(stranger, LABELS) == "Not a digit"
    assert words.short(stranger, LABELS) == words.briefest(stranger, LABELS) == "\N{EN DASH}"


@given(st.floats(0, 1))
def test_no_percentage_claims_a_certainty_that_is_not_there(share: float) -> None:
    text = words.percent(share)
    assert (text == "100 %") is (share == 1)
    assert (text == "0 %") is (share == 0)
