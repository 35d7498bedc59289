# What the project's scripts share; sourced, never run. Needs bash 5.

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export LC_ALL=C.UTF-8

# --- words on the terminal ------------------------------------------------------------------

if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
  bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' green=$'\e[32m' yellow=$'\e[33m' plain=$'\e[0m'
else
  bold='' dim='' red='' green='' yellow='' plain=''
fi

say() { printf '%s\n' "$*"; }
heading() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
warn() { printf '%s%s%s\n' "$yellow" "$*" "$plain" >&2; }
die() {
  printf '%s%s: %s%s\n' "$red" "${0##*/}" "$*" "$plain" >&2
  exit 1
}
usage_error() {
  printf '%s: %s\n\n%s\n' "${0##*/}" "$1" "$usage" >&2
  exit 64
}

# Milliseconds since boot-independent zero; good for differences only.
now_ms() { printf '%s' "$((${EPOCHREALTIME/[.,]/} / 1000))"; }

# await SECONDS COMMAND...: runs COMMAND every 50 ms until it succeeds; false when time is up.
await() {
  local until=$(($(now_ms) + $1 * 1000))
  shift
  until "$@"; do
    (($(now_ms) < until)) || return 1
    sleep 0.05
  done
}

# --- leaving nothing behind -----------------------------------------------------------------

cleanups=()
# at_exit COMMAND...: runs at the end of the script, the latest first.
at_exit() {
  cleanups+=("$(printf '%q ' "$@")")
  trap run_cleanups EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
}
run_cleanups() {
  local status=$? i
  for ((i = ${#cleanups[@]} - 1; i >= 0; i--)); do eval "${cleanups[i]}" || true; done
  cleanups=()
  return "$status"
}

# end_process PID: asks, waits two seconds, insists.
end_process() {
  kill -TERM "$1" 2>/dev/null || return 0
  await 2 process_is_gone "$1" || kill -KILL "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
}
process_is_gone() { ! kill -0 "$1" 2>/dev/null || [[ $(ps_state "$1") == Z ]]; }
ps_state() { sed 's/.*) \(.\).*/\1/' "/proc/$1/stat" 2>/dev/null; }

# work_directory: makes $work, a directory that goes with the script.
work_directory() {
  work=$(mktemp -d "${TMPDIR:-/tmp}/beamnode.XXXXXX")
  at_exit rm -rf "$work"
}

# --- packages -------------------------------------------------------------------------------

# make: the parallel part of link time optimisation.
build_packages=(g++ make cmake ninja-build ccache 'libboost1.81-dev|libboost-dev' libssl-dev zlib1g-dev nlohmann-json3-dev libcli11-dev doctest-dev)
erlang_packages=(erlang-base erlang-dev erlang-crypto erlang-ssl erlang-public-key erlang-asn1
  erlang-runtime-tools erlang-tools erlang-inets erlang-eunit elixir)

is_installed() { [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }
is_available() { [[ -n $(apt-cache policy "$1" 2>/dev/null | grep 'Candidate: [^(]') ]]; }

as_root() {
  if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

# need_packages NAME...: installs with apt what is missing, and says so. 'a|b' means either.
need_packages() {
  command -v dpkg-query >/dev/null || {
    warn "This is no Debian: make sure that you have what these packages bring: $*"
    return 0
  }
  local missing=() wanted names name
  for wanted in "$@"; do
    IFS='|' read -ra names <<<"$wanted"
    for name in "${names[@]}"; do is_installed "$name" && continue 2; done
    missing+=("$wanted")
  done
  ((${#missing[@]})) || return 0
  ((EUID == 0)) || command -v sudo >/dev/null ||
    die "these Debian packages are missing: ${missing[*]}. Run me as root, or with sudo installed."
  local log
  log=$(mktemp)
  quietly "$log" as_root apt-get update
  local chosen=()
  for wanted in "${missing[@]}"; do
    IFS='|' read -ra names <<<"$wanted"
    for name in "${names[@]}"; do is_available "$name" && break; done
    chosen+=("$name")
  done
  say "Installing Debian packages: ${chosen[*]}"
  quietly "$log" as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends "${chosen[@]}"
  rm -f "$log"
}

# quietly LOG COMMAND...: shows what COMMAND wrote only if it fails, and then ends the script.
quietly() {
  local log=$1
  shift
  "$@" >"$log" 2>&1 </dev/null || {
    cat "$log" >&2
    die "failed: $*"
  }
}

# build_preset NAME [TARGET...]: configures and builds one of the presets of CMakePresets.json, whole
# or only these targets.
build_preset() {
  local launcher=() log
  command -v ccache >/dev/null && launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  log=$(mktemp)
  (
    cd "$repository" || exit
    quietly "$log" cmake --preset "$1" "${launcher[@]}"
    rm -f "$log"
    cmake --build --preset "$1" ${2:+--target "${@:2}"}
  ) || die "the preset '$1' does not build"
}

# --- Erlang ---------------------------------------------------------------------------------

# otp_release [PREFIX...]: the OTP release that PREFIX erl runs, or nothing.
otp_release() {
  "$@" erl -noshell -noinput -eval \
    'io:put_chars(erlang:system_info(otp_release)), halt().' 2>/dev/null </dev/null
}

# use_otp RELEASE: sets otp_root ('/' for the host's own release) and in_otp, the prefix that runs
# a program of that release. Status 75: that release cannot be had at present (a moving one).
use_otp() {
  otp_root=$("$repository/interop/otp" "$1") || return
  in_otp=()
  [[ $otp_root == / ]] || in_otp=(env HOME=/root chroot "$otp_root")
}

port_is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# private_epmd: starts an epmd of our own on a free port and exports ERL_EPMD_PORT.
private_epmd() {
  local port pid attempt
  for attempt in {1..20}; do
    port=$((20000 + RANDOM % 10000))
    port_is_free "$port" || continue
    epmd -port "$port" -address 127.0.0.1 >/dev/null 2>&1 </dev/null &
    pid=$!
    if await 5 epmd_decided "$pid" "$port" && kill -0 "$pid" 2>/dev/null; then
      at_exit end_process "$pid"
      export ERL_EPMD_PORT=$port
      return 0
    fi
  done
  die "cannot start an epmd on a port of 127.0.0.1 (the last attempt was number $attempt)"
}
epmd_decided() { ! kill -0 "$1" 2>/dev/null || ! port_is_free "$2"; }

random_cookie() { od -An -N12 -tx1 /dev/urandom | tr -d ' \n'; }
