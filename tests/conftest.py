"""What holds for all tests."""

from hypothesis import settings

settings.register_profile("untimed", deadline=None)  # A machine that tests may be busy: no test asserts a time.
settings.load_profile("untimed")
