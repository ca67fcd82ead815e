"""Pure statement builders: parameters in, SQLAlchemy statement out. Nothing here talks to a database."""
