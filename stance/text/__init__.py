"""From stored articles to sentences with exact offsets."""
