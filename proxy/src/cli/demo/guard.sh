# Runs one program and ends it when standard input ends, which is when the demo ends, however it ends.
# Arguments: the signal to end it with, the log file, the program, its arguments. Prints `pid N`, then `exit N`.
signal=$1 log=$2
shift 2
trap : PIPE
exec 3<&0 2>/dev/null
"$@" </dev/null >>"$log" 2>&1 3<&- &
program=$!
echo "pid $program"
{
    while read -r _; do :; done <&3
    kill -"$signal" "$program"
    rounds=0
    while kill -0 "$program" && [ "$rounds" -lt 100 ]; do
        sleep 0.05
        rounds=$((rounds + 1))
    done
    kill -KILL "$program"
} >/dev/null &
watcher=$!
wait "$program"
status=$?
exec 3<&-
kill "$watcher"
echo "exit $status"
