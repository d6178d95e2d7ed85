#!/bin/sh
# The database's logins beside a broker, made once when the container of PostgreSQL starts on an empty folder. Passwords are letters and digits.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" <<SQL
create role evenhand_owner login password '$OWNER_PASSWORD' createrole;
create role evenhand_runtime login password '$RUNTIME_PASSWORD';
create role evenhand_broker nologin;
create role evenhand_brokering login password '$BROKER_PASSWORD' in role evenhand_broker;
create database evenhand owner evenhand_owner;
SQL
