"""What the models room raises when its input is bad."""


class ModelError(Exception):
    """A model, run folder or posterior cannot be used; the message is one line for the user."""
