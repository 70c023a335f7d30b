# Owns one server and its folder, and outlives whoever asked for them by just long enough to clear them away.
#
# Verbs come in on standard input, one per line; each is answered with its exit status. When the input ends,
# because it was closed or because the process at the other end died in whatever way, the server is stopped
# and the folder removed. Should this shell itself be killed, the kernel stops the server (--pdeathsig).
#
# From the environment: TMPDIR, INSTALLATION, TEMPLATE, RUN_AS (a command prefix, may be empty), OWNER (may be empty).

umask 077
ulimit -c 0
server=
dir=$(mktemp -d "$TMPDIR/partman-test.XXXXXXXX") || exit 1
exec 2>"$dir/supervisor.log"

stop() {
    [ -n "$server" ] || return 0
    kill -s "$1" "$server"
    wait "$server"
    server=
}

finish() {
    trap '' HUP INT TERM
    stop QUIT
    rm -rf -- "$dir"
    exit "$1"
}
trap 'finish 143' HUP INT TERM

# A shell starts background programs with SIGINT and SIGQUIT ignored; the server needs both from its first instant.
start() {
    env --default-signal=INT,QUIT ${RUN_AS:-setpriv} --pdeathsig=QUIT -- \
        "$INSTALLATION/usr/lib/postgresql/15/bin/postgres" -D "$dir/data" </dev/null >>"$dir/server.log" 2>&1 &
    server=$!
    echo "$server" >"$dir/server.pid"
}

# Everything hard-linked (where both are on one disk) but the extension folder, whose files the test may write to.
private_installation() {
    share=usr/share/postgresql/15/extension own=$dir/installation
    cp -al "$INSTALLATION" "$own" || { rm -rf "$own" && cp -a "$INSTALLATION" "$own"; } || return
    rm -r "${own:?}/$share" && cp -a "$INSTALLATION/$share" "$own/$share" && INSTALLATION=$own
}

# $1 is the primary's socket folder, $2 its port.
standby() {
    $RUN_AS "$INSTALLATION/usr/lib/postgresql/15/bin/pg_basebackup" --pgdata="$dir/data" --host="$1" --port="$2" \
        --username=postgres --checkpoint=fast --wal-method=stream --write-recovery-conf --no-sync </dev/null >&2
}

[ -z "$OWNER" ] || chown "$OWNER" "$dir" || finish 1
echo "$dir"
while read -r verb first second; do
    case $verb in
        copy) cp -a --reflink=auto "$TEMPLATE" "$dir/data" ;;
        private) private_installation ;;
        standby) standby "$first" "$second" ;;
        start) start ;;
        stop) stop "$first" ;;
        *) false ;;
    esac
    echo $?
done
finish 0
