"""The corruptions of MNIST-C (Mu and Gilmer 2019, arXiv 1906.02337), drawn here.

Every corruption takes images [B, 28, 28] of ink (0 paper, 1 full ink) and one random stream an image, and
returns the same shape. The parameters are the benchmark's: one severity each.
"""

from dataset.corruptions.cache import corrupt_cached
from dataset.corruptions.corrupt import NAMES, corrupt

__all__ = ["NAMES", "corrupt", "corrupt_cached"]
