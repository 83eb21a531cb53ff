"""Lets the tests of the finder share what they try it with."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
