"""What the dataset room raises when its input is bad."""


class DataError(Exception):
    """A data set is missing, broken or unknown; the message is one line for the user."""
