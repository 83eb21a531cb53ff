"""Measures the app from the picture to the label: on generated pages, on photographed sudokus, on cut-out digits.

Its command is `python -m train.scenes`; `tally` holds what is shown against what is true, `grids` knows where the cells
of a photographed sudoku are, and `worst` draws what went wrong.
"""
