"""Labelled data: agreement of its annotators, and the dataset built from it."""
