"""Draws what runs and bundles know, and what they do not, as one page: python -m train.report."""
