"""Measures what each way of carrying a posterior costs, and what it keeps."""
