# Runs one program and ends it when standard input ends, which is when the tests end.
# Arguments: the log file, the program, its arguments. Prints `pid N`, and `exit N` when it ended.
# Removes the log's folder too, unless it reads `keep` first: then somebody is still there to do it.
exec 2>/dev/null
log=$1
shift
trap : PIPE
exec 3<&0
"$@" </dev/null >>"$log" 2>&1 3<&- &
program=$!
echo "pid $program"
{
    keeper=
    while read -r word; do keeper=$word; done <&3
    trap '' TERM
    kill -KILL "$program"
    [ -n "$keeper" ] || rm -rf "$(dirname "$log")"
} 2>/dev/null &
watcher=$!
wait "$program"
status=$?
kill "$watcher" 2>/dev/null
echo "exit $status"
