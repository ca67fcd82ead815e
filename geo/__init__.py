"""What the service knows: the domain and its PostGIS store. No HTTP and no HTML in it."""
