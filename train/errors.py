"""What the train room raises when its input is bad."""

from edge_app.runtime.errors import EdgeError


class TrainError(EdgeError):
    """A training, an evaluation or a report cannot be done as asked; the message is one line for the user."""


class DivergedError(TrainError):
    """The loss of a training is no number any more."""
