"""The networks, their priors, and their posteriors: read out of Keras, saved, and sampled.

`network`, `posterior`, `posterior_file` and `runs` need NumPy and msgspec alone; the rest needs TensorFlow.
"""
