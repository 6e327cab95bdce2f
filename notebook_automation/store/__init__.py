"""Everything kept in the database, a module for each noun: SQLAlchemy Core on SQLite and PostgreSQL."""
