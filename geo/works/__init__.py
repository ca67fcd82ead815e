"""Rules on roads and sites: planned against actual progress."""
