"""What the app raises when its input is bad."""


class EdgeError(Exception):
    """Something the user can mend; the message is one line: what, where, found, expected, way out."""
