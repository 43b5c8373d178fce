# Messages, tool checks and stamps shared by the guest recipes. Sourced, never run.

STEP_COUNT=0

step() {
    STEP_COUNT=$((STEP_COUNT + 1))
    printf '==> %s\n' "$*" >&2
}

note() {
    printf '    %s\n' "$*" >&2
}

# die MESSAGE [REMEDY]: says what is wrong and what to do about it, then ends the run.
die() {
    printf 'guest/make: error: %s\n' "$1" >&2
    [ $# -lt 2 ] || printf 'guest/make: remedy: %s\n' "$2" >&2
    exit 1
}

# need TOOL PACKAGE: the host must have TOOL; Debian has it in PACKAGE.
need() {
    PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null 2>&1 ||
        die "the program '$1' is missing" "sudo apt-get install $2"
}

# fingerprint FILE...: one hash over names and contents, to tell whether an artifact is up to date. Where the clone
# and the cache lie does not matter.
fingerprint() {
    find "$@" -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sed "s# $GUEST/# #; s# $CACHE/# #" |
        sha256sum | cut -d' ' -f1
}

# up_to_date NAME HASH FILE...: true if FILEs exist and were made from the same inputs.
up_to_date() {
    utd_stamp=$CACHE/stamps/$1
    [ -f "$utd_stamp" ] && [ "$(cat "$utd_stamp")" = "$2" ] || return 1
    shift 2
    for utd_file in "$@"; do
        [ -s "$utd_file" ] || return 1
    done
}

stamp() {
    mkdir -p "$CACHE/stamps"
    printf '%s\n' "$2" >"$CACHE/stamps/$1"
}

# read_list FILE: the words of a list file without its comments.
read_list() {
    sed 's/#.*//' "$1" | tr -s ' \t\n' '\n' | sed '/^$/d'
}
