"""Folium pages of the service: two maps, their look, their words and their assets."""
