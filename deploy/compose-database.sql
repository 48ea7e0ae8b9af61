-- What psql runs once, when compose.postgres.yaml makes the database: as "Prepare the database" in
-- docs/deployment.md, so that the role of the bot is no superuser.
\getenv password POSTGRES_PASSWORD
create role provbot login password :'password' connection limit 20;
create database provbot owner provbot encoding 'UTF8' template template0;
revoke connect, temporary on database provbot from public;
grant connect, temporary on database provbot to provbot;
-- The administrator needs no password within the container, and has none outside:
-- docker compose -f compose.postgres.yaml exec database psql --username postgres
alter role postgres password null;
