"""Where results go: JSON lines, annotated videos, annotated stills."""

from edge_app.outputs.json_lines import JsonLines
from edge_app.outputs.recorder import Recorder, check_suffix, open_recorder
from edge_app.outputs.spare import spare_source
from edge_app.outputs.stills import write_still, write_whole

__all__ = ["JsonLines", "Recorder", "check_suffix", "open_recorder", "spare_source", "write_still", "write_whole"]
