#!/bin/sh
# Creates the databases `temporal` and `temporal_visibility` and brings their tables to the version of the server whose
# image this runs in. Runs before each start of the server: what is there already is left alone.
set -eu

SQL_PASSWORD="$(cat "$SQL_PASSWORD_FILE")"
export SQL_PASSWORD
schema=/etc/temporal/schema/postgresql/v12

set_up() {
  database=$1
  versions=$2
  temporal-sql-tool --db "$database" create
  # Writes version 0.0 only where there is none yet.
  temporal-sql-tool --db "$database" setup-schema -v 0.0
  temporal-sql-tool --db "$database" update-schema -d "$schema/$versions/versioned"
}

set_up temporal temporal
set_up temporal_visibility visibility
