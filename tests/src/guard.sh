# Runs one program and ends it when standard input ends, which is when the tests end.
# Arguments: the log file, the program, its arguments. Prints `pid N`, and `exit N` when it ended.
exec 2>/dev/null
log=$1
shift
trap : PIPE
exec 3<&0
"$@" </dev/null >>"$log" 2>&1 3<&- &
program=$!
echo "pid $program"
{
    while read -r _; do :; done <&3
    kill -KILL "$program"
} 2>/dev/null &
watcher=$!
wait "$program"
status=$?
kill "$watcher" 2>/dev/null
echo "exit $status"
