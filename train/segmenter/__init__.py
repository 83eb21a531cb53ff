"""Trains the small networks by which the finder tells the ink of digits from lines, print and texture.

Its command is `python -m train.segmenter`; `patches` cuts training patches from generated pages, `network`
builds each of them, `graph` writes them as one.
"""
