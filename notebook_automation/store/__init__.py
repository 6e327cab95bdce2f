"""Everything kept in the database: SQLAlchemy Core, a room each, on SQLite and PostgreSQL."""
