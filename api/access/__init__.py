"""Who is calling: what a request brings with it, what of it counts, how often, and what is written down."""
