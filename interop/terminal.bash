# Real terminals for a real iex: a private tmux server whose windows are typed into and read from.
# Sourced after lib.bash by scripts that have a $work directory.

terminal() { tmux -S "$work/tmux" -f /dev/null -u "$@"; }

# need_terminals: a bare chroot has no pseudo-terminals; it gets them for the time of the script.
# (umount cannot do without /proc.)
need_terminals() {
  [[ ! -e /dev/pts/ptmx ]] || return 0
  [[ -e /proc/self ]] || mount_for_now proc /proc
  mount_for_now devpts /dev/pts
}
mount_for_now() {
  say "This root has no $2: mounting it for the time of this script"
  as_root mount -t "$1" "$1" "$2" || die "cannot mount $2"
  at_exit as_root umount --lazy "$2"
}

# open_terminals: the server, with a window 'city' that runs a plain shell.
open_terminals() {
  cat >"$work/bashrc" <<END
PS1='\$ '
PATH=$(printf '%q' "$city_directory"):\$PATH
cd $(printf '%q' "$repository")
iex() { ${in_otp[*]@Q} $(command -v iex) "\$@"; }
END
  at_exit close_terminals
  SHELL=/bin/bash terminal new-session -d -s tour -n city -x 200 -y 50 "$(shell_of_a_window)"
  terminal set-option -g history-limit 20000
  await 5 shows city '^\$'
}
close_terminals() { terminal kill-server 2>/dev/null || true; }
shell_of_a_window() { printf 'exec bash --noprofile --rcfile %q' "$work/bashrc"; }

open_window() {
  terminal new-window -d -t tour -n "$1" "$(shell_of_a_window)"
  await 5 shows "$1" '^\$'
}

press() { terminal send-keys -t "tour:$1" "$2"; }
type_line() {
  terminal send-keys -t "tour:$1" -l -- "$2"
  press "$1" Enter
}

# text_of WINDOW: everything the window has shown, long lines in one piece, no empty lines.
text_of() { terminal capture-pane -p -J -S - -t "tour:$1" | sed -e 's/[[:space:]]*$//' -e '/^$/d'; }
shows() { text_of "$1" | grep -qE -- "$2"; }

# mark WINDOW, since WINDOW: what the window has shown since it was marked.
declare -A marked
mark() { marked[$1]=$(text_of "$1" | wc -l); }
since() { text_of "$1" | tail -n "+$((${marked[$1]:-0} + 1))"; }
shows_since() { since "$1" | grep -qE -- "$2"; }

# iex numbers its prompts. An answer is complete when a bare prompt follows it: the next number, or
# the same one again after an error.
iex_prompt='^iex\(.*\)[0-9]+>'
iex_is_ready() { text_of "$1" | tail -n 1 | grep -qE "$iex_prompt\$"; }
iex_has_answered() { since "$1" | tail -n 1 | grep -qE "$iex_prompt\$"; }

open_iex() {
  local window=$1 name=$2 cookie=$3
  open_window "$window"
  type_line "$window" "iex --name $name --cookie $cookie"
  await 20 iex_is_ready "$window"
}

# ask_iex WINDOW LINE: sets $answer to what iex printed between this line and its next prompt.
# A log message may have pushed the prompt up; the line then stands alone.
ask_iex() {
  local window=$1
  mark "$window"
  type_line "$window" "$2"
  await 15 iex_has_answered "$window" || return
  answer=$(since "$window" | LINE=$2 PROMPT=$iex_prompt awk '
    $0 != ENVIRON["LINE"] && $0 !~ ENVIRON["PROMPT"]')
}
