#!/usr/bin/env bash
# Starts PostgreSQL in a container, having made its cluster first where PGDATA is empty.
#
#   POSTGRES_PASSWORD          the superuser's; wanted unless POSTGRES_HOST_AUTH_METHOD is trust
#   POSTGRES_USER, POSTGRES_DB the superuser (postgres) and a first database (named like the user)
#   POSTGRES_HOST_AUTH_METHOD  how clients over TCP prove who they are (scram-sha-256)
#   POSTGRES_INITDB_ARGS       more words for initdb
#   …_FILE                     the first three may be kept in a file instead
#
# Then the files of /docker-entrypoint-initdb.d run in order of name: *.sh, *.sql, *.sql.gz, *.sql.xz, *.sql.zst.
# Clients over the socket need no password. A command that is not `postgres` is run as it is.

set -euo pipefail

fail() {
    printf 'entry point: %s\n' "$@" >&2
    exit 1
}

# variable, default: from the environment, else from the file that VARIABLE_FILE names.
setting() {
    local -n value=$1
    local file="${1}_FILE"
    if [[ -n ${!file:-} ]]; then
        [[ -z ${value:-} ]] || fail "both $1 and $file are set"
        value=$(<"${!file}")
    fi
    value=${value:-$2}
    unset "$file"
}

become_postgres() {
    mkdir -p "$PGDATA"
    chmod 0700 "$PGDATA" || true
    find "$PGDATA" /var/run/postgresql \! -user postgres -exec chown postgres {} + || true
    exec setpriv --reuid=postgres --regid=postgres --init-groups -- "$0" "$@"
}

make_cluster() {
    if [[ -z $POSTGRES_PASSWORD && $POSTGRES_HOST_AUTH_METHOD != trust ]]; then
        fail 'there is no cluster yet and no password for its superuser' \
            'set POSTGRES_PASSWORD, or POSTGRES_HOST_AUTH_METHOD=trust where anybody may come in'
    fi
    mkdir -p "$PGDATA"
    local words=(--username="$POSTGRES_USER" --auth-local=trust --auth-host="$POSTGRES_HOST_AUTH_METHOD")
    local pipe
    if [[ -n $POSTGRES_PASSWORD ]]; then
        exec {pipe}< <(printf '%s\n' "$POSTGRES_PASSWORD")
        words+=(--pwfile="/dev/fd/$pipe")
    fi
    # shellcheck disable=SC2206 # several words are meant
    [[ -z ${POSTGRES_INITDB_ARGS:-} ]] || words+=($POSTGRES_INITDB_ARGS)
    initdb -D "$PGDATA" "${words[@]}"
    printf '\nhost all all all %s\n' "$POSTGRES_HOST_AUTH_METHOD" >>"$PGDATA/pg_hba.conf"
}

# Does the work beside a server that only the socket reaches: nobody may come in before it is done.
with_private_server() {
    local work=$1 words="-c listen_addresses=''"
    shift
    [[ $# -eq 0 ]] || words+=$(printf ' %q' "$@")
    PGUSER=$POSTGRES_USER pg_ctl -D "$PGDATA" -o "$words" -w start >/dev/null
    "$work"
    PGUSER=$POSTGRES_USER pg_ctl -D "$PGDATA" -m fast -w stop >/dev/null
}

sql() { psql -X -q -v ON_ERROR_STOP=1 --no-password --username="$POSTGRES_USER" "$@"; }

fill_cluster() {
    if [[ $POSTGRES_DB != postgres ]]; then
        sql -d postgres -v db="$POSTGRES_DB" <<<'CREATE DATABASE :"db";'
    fi
    local file
    for file in /docker-entrypoint-initdb.d/*; do
        case $file in
            *.sh) if [[ -x $file ]]; then "$file"; else . "$file"; fi ;;
            *.sql) sql -d "$POSTGRES_DB" -f "$file" ;;
            *.sql.gz) gzip -dc "$file" | sql -d "$POSTGRES_DB" ;;
            *.sql.xz) xz -dc "$file" | sql -d "$POSTGRES_DB" ;;
            *.sql.zst) zstd -dc "$file" | sql -d "$POSTGRES_DB" ;;
            *'/*') ;;
            *) echo "entry point: $file is left alone" ;;
        esac
    done
}

[[ ${1:-} != -* ]] || set -- postgres "$@"
if [[ ${1:-} == postgres ]]; then
    [[ $EUID -ne 0 ]] || become_postgres "$@"
    if [[ ! -s $PGDATA/PG_VERSION ]]; then
        setting POSTGRES_PASSWORD ''
        setting POSTGRES_USER postgres
        setting POSTGRES_DB "$POSTGRES_USER"
        : "${POSTGRES_HOST_AUTH_METHOD:=scram-sha-256}"
        make_cluster
        with_private_server fill_cluster "${@:2}"
        echo 'entry point: the cluster is made, the server starts'
    fi
fi
exec "$@"
