"""Filters in CQL2 (OGC 21-065r2), as text or JSON, turned into conditions on a layer's columns.

A filter is read in three steps: :mod:`scan` and :mod:`tree` bring both encodings to one tree within firm limits,
:mod:`translate` checks every name and type and takes the values out, and :mod:`nodes` is what remains: the structure
alone, which is hashable, so that filters which differ only in their values share one prepared statement.

What the standard leaves open is decided so: a date compared with a moment makes both days in UTC; a text literal
beside a date or moment is read as one; whatever is divided by zero is NULL; a property that is NULL matches nothing.
"""

from geo.query.cql2.filters import Language, StructuredFilter, read_filter

__all__ = ["Language", "StructuredFilter", "read_filter"]
