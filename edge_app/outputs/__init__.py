"""Where results go. Each output has a file of its own and is one `Output`; the command line makes it.

json_lines: the raw reading of every frame as a line of JSON.
text: what is written, in lines and columns.
stills, video: annotated pictures, which show the steady reading.
"""

from edge_app.outputs.files import Files, require_apart
from edge_app.outputs.json_lines import JsonLines, encode_reading
from edge_app.outputs.sink import BundleListener, Listener, Output, Run, Sink
from edge_app.outputs.stills import Stills, write_still
from edge_app.outputs.text import Text
from edge_app.outputs.video import Video

__all__ = [
    "BundleListener",
    "Files",
    "JsonLines",
    "Listener",
    "Output",
    "Run",
    "Sink",
    "Stills",
    "Text",
    "Video",
    "encode_reading",
    "require_apart",
    "write_still",
]
