"""What `python -m edge_app` understands."""
