"""One short file per family of paths; a route parses, calls, answers."""
