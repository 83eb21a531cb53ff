"""What the export room raises when its input is bad."""


class ExportError(Exception):
    """An export or a check cannot be done as asked; the message is one line for the user."""
