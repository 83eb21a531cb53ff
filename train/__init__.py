"""Fits the networks, evaluates them, and draws the report."""
