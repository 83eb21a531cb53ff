"""What the export room raises when its input is bad."""

from train.errors import TrainError


class ExportError(TrainError):
    """An export or a check cannot be done as asked; the message is one line for the user."""
