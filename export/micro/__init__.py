"""Writes a bundle down for microcontrollers, as sources in C."""
