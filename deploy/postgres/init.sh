#!/bin/sh
# Runs once, on an empty data folder: makes the helpline's role and database.
# The role is no superuser, because a superuser passes by row-level security, the second lock between organisations.
# The superuser loses its password: it is then reached only by `docker compose exec -u postgres postgres psql`.
set -eu
psql --set=ON_ERROR_STOP=1 --username=postgres --set=password="$DATABASE_PASSWORD" <<'SQL'
CREATE ROLE helpline LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD :'password';
CREATE DATABASE helpline OWNER helpline;
REVOKE CONNECT ON DATABASE helpline FROM PUBLIC;
ALTER ROLE postgres PASSWORD NULL;
SQL
