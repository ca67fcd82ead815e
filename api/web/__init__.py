"""Templates and words of the pages that are not maps."""
