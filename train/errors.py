"""What the train room raises when its input is bad."""


class TrainError(Exception):
    """A training or a report cannot be done as asked; the message is one line for the user."""
