"""Questions asked of the database, one noun per file. Each takes a session; none commits."""
