"""The pictures of a report, one a file; each takes results and gives a Matplotlib figure."""
