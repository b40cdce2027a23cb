#!/bin/sh
# What the entrypoint of the image `postgres` does, as far as the compose file uses it: a new database takes its owner
# and password from the environment, then the server runs.
set -eu

data=/var/lib/postgresql/data
if [ ! -s "$data/PG_VERSION" ]; then
  initdb --pgdata "$data" --username "$POSTGRES_USER" --pwfile "$POSTGRES_PASSWORD_FILE" \
    --auth-local trust --auth-host scram-sha-256 >/dev/null
  echo 'host all all all scram-sha-256' >>"$data/pg_hba.conf"
  pg_ctl --pgdata "$data" --wait --silent --options "-c listen_addresses= -c unix_socket_directories=/tmp" start
  psql --quiet --host /tmp --username "$POSTGRES_USER" --dbname postgres --command "CREATE DATABASE $POSTGRES_USER"
  pg_ctl --pgdata "$data" --wait --silent --mode fast stop
fi
exec postgres -D "$data" -c 'listen_addresses=*' -c unix_socket_directories=/tmp
