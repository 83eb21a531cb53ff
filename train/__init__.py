"""Fits the networks, evaluates them, and draws the report.

What needs TensorFlow loads it, with its start-up messages held back; the rest does without.
"""

from train.quiet import quieten_tensorflow

quieten_tensorflow()
