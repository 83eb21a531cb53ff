"""Fits the networks, evaluates them, and draws the report.

Importing this room imports TensorFlow, with its start-up messages held back.
"""

import os
import warnings

from edge_app.runtime.quiet import silenced_native_log

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
with silenced_native_log():
    import tensorflow as tf
    import tensorflow_probability  # noqa: F401
    import tf_keras  # noqa: F401

    tf.config.list_logical_devices()  # looks for a GPU, aloud
tf.get_logger().setLevel("ERROR")
# TFP 0.25 calls a method that tf_keras has renamed; users can do nothing about it.
warnings.filterwarnings("ignore", message="`layer.add_variable` is deprecated", category=UserWarning)
