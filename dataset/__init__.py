"""What the models learn from and are measured on."""

from dataset.errors import DataError
from dataset.load import INK, LABELS, PAPER, DataSet, Split, corrupt_seen, load_data, load_folder, load_split

__all__ = [
    "INK",
    "LABELS",
    "PAPER",
    "DataError",
    "DataSet",
    "Split",
    "corrupt_seen",
    "load_data",
    "load_folder",
    "load_split",
]
