#!/bin/bash
# Stands in front of restic and writes down what really happens, where nothing of Holdfast can touch it. Used by the
# benches and by `npm run chaos`; witness.ts says how a copy of it comes to be, and reads what it writes.
#
#   agent ──► this, pid P ── "begin P" ──► becomes restic (the same pid, so locks and journals name the right process)
#                │                             │ stdout
#                └─ a reader of its output ◄───┘  passes it on; when restic is gone: "end P", and the snapshot it named
#
# Every line is one write to a file opened for appending, and on the disk before restic begins, or before the agent can
# know that it ended. When the agent is dead, restic's output goes nowhere, as it would without us: the reader closes its
# end, restic meets a broken pipe, and the reader waits for its death.

ledger='@LEDGER@'
restic='@RESTIC@'
options=(@OPTIONS@)

note() {
  printf '%s\n' "$1" >>"$ledger"
  sync -d "$ledger"
}

command=''
plan=''
for argument in "$@"; do
  case $argument in
    --tag=*plan-*) plan=${argument##*plan-} ;;
    backup | forget | prune | init | restore | check | unlock) [ -n "$command" ] || command=$argument ;;
  esac
  # Only looks: `forget --dry-run`.
  [ "$argument" = --dry-run ] && command='look'
done

# What changes nothing is nobody's business.
case $command in
  '' | look) exec "$restic" "${options[@]}" "$@" ;;
esac

self=$$
note "begin $self $EPOCHREALTIME $command $plan"

follow() {
  trap '' PIPE INT
  local line snapshot=''
  while IFS= read -r line; do
    case $line in
      *'"message_type":"summary"'*'"snapshot_id":"'*)
        snapshot=${line##*'"snapshot_id":"'}
        snapshot=${snapshot%%'"'*}
        ;;
    esac
    printf '%s\n' "$line" >&3 || break
  done
  # Nobody listens any more, or restic has closed its output, which it does when it ends.
  exec 0<&-
  while readlink -q "/proc/$self/exe" >/dev/null; do sleep 0.01; done
  note "end $self $EPOCHREALTIME $snapshot"
}

exec 3>&1
exec "$restic" "${options[@]}" "$@" > >(follow 2>/dev/null) 3>&-
