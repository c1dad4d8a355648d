# Runs one PostgreSQL cluster for the tests and removes it when standard input ends.
# Arguments: the folder to live in, the folder of the server's programs, the port.
# Reads `init PASSWORD`, `start` and `stop`, one a line; answers each with `ok PID`, `ok` or a reason.
set -u
folder=$1 programs=$2 port=$3
trap : PIPE
umask 077

leader() {
    [ -r "$folder/data/postmaster.pid" ] && head -n 1 "$folder/data/postmaster.pid"
}

initialise() {
    printf '%s' "$1" >"$folder/password"
    "$programs/initdb" -D "$folder/data" -U postgres --pwfile="$folder/password" -A scram-sha-256 \
        -E UTF8 --locale=C.UTF-8 --no-sync --no-instructions >"$folder/initdb.log" 2>&1 || return 1
    cat >>"$folder/data/postgresql.conf" <<SETTINGS
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = '$folder'
max_connections = 300
shared_buffers = 64MB
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum_naptime = 10s
log_line_prefix = '%m [%p] %u@%d '
SETTINGS
}

start() {
    "$programs/pg_ctl" -D "$folder/data" -l "$folder/log" -w -t 60 start </dev/null >"$folder/start.log" 2>&1
}

stop() {
    # A server that a test paused does not hear a request to stop.
    pid=$(leader) && kill -CONT "$pid" $(cat "/proc/$pid/task/$pid/children" 2>/dev/null) 2>/dev/null
    "$programs/pg_ctl" -D "$folder/data" -m immediate -w -t 30 stop </dev/null >"$folder/stop.log" 2>&1
}

while read -r command argument; do
    case $command in
    init) initialise "$argument" && echo ok || echo "initdb: $(tail -n 3 "$folder/initdb.log" | tr '\n' ' ')" ;;
    start) start && echo "ok $(leader)" || echo "start: $(tail -n 3 "$folder/log" | tr '\n' ' ')" ;;
    stop) stop && echo ok || echo "stop: $(tail -n 3 "$folder/stop.log" | tr '\n' ' ')" ;;
    *) echo "unknown command $command" ;;
    esac
done

stop
rm -rf "$folder"
