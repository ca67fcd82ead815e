"""Readers and writers of files, one a format."""
