"""Turns a posterior into graphs, and graphs into a bundle that keeps its promises."""
