"""Loaded models, their predictions on articles, and the files those are written to."""
