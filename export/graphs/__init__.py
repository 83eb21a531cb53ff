"""Four ways to write a posterior down as TFLite graphs."""
