"""Exports a model of one's own: python export/example.py makes the bundle bundles/bars in the working folder."""

from pathlib import Path

import numpy as np
import tensorflow_probability as tfp
import tf_keras

from export import ExportOptions, Holdout, to_bundle

labels = np.random.default_rng(0).integers(0, 2, 4000)  # an upright bar, or a lying one, in a 12 x 12 image
images = np.random.default_rng(1).random((4000, 12, 12, 1), np.float32)
images[labels == 0, :, 5:7] = images[labels == 1, 5:7] = 0.0
model = tf_keras.Sequential(
    [
        tf_keras.layers.Conv2D(4, 3, activation="relu", input_shape=(12, 12, 1)),
        tf_keras.layers.Flatten(),
        tfp.layers.DenseFlipout(2, activation="softmax", bias_posterior_fn=None, kernel_divergence_fn=None),
    ]
)
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
model.fit(images[:2000], labels[:2000], epochs=5, verbose=0)
holdout = Holdout(images[2000:], labels[2000:])  # what the warning is calibrated on
options = ExportOptions(samples=20, target_risk=0.01)
to_bundle(model, Path("bundles/bars"), holdout, options, labels=("upright", "lying"), paper=1.0, ink=0.0)
