"""What the models learn from and are measured on."""

from dataset.errors import DataError
from dataset.load import DataSet, Split, load_data, load_split

__all__ = ["DataError", "DataSet", "Split", "load_data", "load_split"]
