"""The OGC API's own words: requests read, links written, pages kept while nothing changes."""
