"""Features, classifiers and their evaluation."""
