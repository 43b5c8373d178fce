# A private apt: the host's sources and keys, but its own state, cache and (empty) package database, so that
# nothing is installed on the host and no root is needed. Sourced, never run.

APT_CONF=$CACHE/apt/apt.conf

apt_prepare() {
    [ -z "${APT_READY:-}" ] || return 0
    need apt-get apt
    need dpkg-deb dpkg
    mkdir -p "$CACHE/apt/state/lists/partial" "$CACHE/apt/cache/archives/partial" "$CACHE/apt/log"
    : >"$CACHE/apt/status"
    cat >"$APT_CONF" <<EOF
Dir::State "$CACHE/apt/state";
Dir::State::status "$CACHE/apt/status";
Dir::Cache "$CACHE/apt/cache";
Dir::Log "$CACHE/apt/log";
APT::Architecture "amd64";
#clear APT::Architectures;
APT::Architectures { "amd64"; };
APT::Install-Recommends "false";
APT::Install-Suggests "false";
APT::Sandbox::User "$(id -un)";
Acquire::Languages "none";
Acquire::Retries "3";
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Post-Invoke;
#clear DPkg::Pre-Install-Pkgs;
#clear APT::Keep-Downloaded-Packages;
EOF
    apt_sources
    step "Reading the package lists (apt-get update, private state)"
    if ! apt-get -q -c "$APT_CONF" update >"$CACHE/apt/log/update.log" 2>&1; then
        note "apt-get update reported problems; trying with what it got (log: $CACHE/apt/log/update.log)"
    fi
    apt-cache -c "$APT_CONF" show linux-image-amd64 >/dev/null 2>&1 || {
        grep -E '^(E|W|Err)' "$CACHE/apt/log/update.log" | head -n 3 >&2
        die "apt knows no package 'linux-image-amd64'" \
            "check the network and /etc/apt/sources.list* for Debian 12, or set BACKPLANE_DEBIAN_MIRROR=URL"
    }
    APT_READY=yes
}

# Debian 12 hosts: their own sources. Other hosts, or on request: one mirror, verified with Debian's keyring.
apt_sources() {
    host_codename=$(. /etc/os-release 2>/dev/null && printf '%s' "${VERSION_CODENAME:-}")
    if [ -z "${BACKPLANE_DEBIAN_MIRROR:-}" ] && [ "$host_codename" = bookworm ]; then
        return 0
    fi
    keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    [ -f "$keyring" ] || die "this host is not Debian 12 and lacks Debian's archive keys ($keyring)" \
        "sudo apt-get install debian-archive-keyring"
    mkdir -p "$CACHE/apt/etc/parts"
    printf 'deb [signed-by=%s] %s bookworm main\n' "$keyring" \
        "${BACKPLANE_DEBIAN_MIRROR:-http://deb.debian.org/debian}" >"$CACHE/apt/etc/sources.list"
    cat >>"$APT_CONF" <<EOF
Dir::Etc::sourcelist "$CACHE/apt/etc/sources.list";
Dir::Etc::sourceparts "$CACHE/apt/etc/parts";
EOF
}

# fetch_exact SET PACKAGE...: these packages alone, without what they depend on, into debs/SET.
fetch_exact() {
    set_name=$1
    shift
    set_fetched "$set_name" "$@" && return 0
    apt_prepare
    set_begin "$set_name"
    note "downloading: $*"
    (cd "$CACHE/debs/$set_name.new" && apt-get -q -c "$APT_CONF" download "$@") >"$CACHE/apt/log/$set_name.log" 2>&1 ||
        fetch_failed "$set_name"
    set_end "$set_name" "$@"
}

# fetch_closure SET PACKAGE...: these packages and all they depend on, into debs/SET.
fetch_closure() {
    set_name=$1
    shift
    set_fetched "$set_name" "$@" && return 0
    apt_prepare
    set_begin "$set_name"
    mkdir -p "$CACHE/debs/$set_name.new/partial"
    note "downloading $# packages and what they depend on"
    apt-get -q -y -c "$APT_CONF" -o Dir::Cache::archives="$CACHE/debs/$set_name.new" \
        install --download-only "$@" >"$CACHE/apt/log/$set_name.log" 2>&1 || fetch_failed "$set_name"
    rm -rf "$CACHE/debs/$set_name.new/partial" "$CACHE/debs/$set_name.new/lock"
    set_end "$set_name" "$@"
}

set_fetched() {
    sf_name=$1
    shift
    [ "${UPDATE:-no}" = no ] && [ "$(cat "$CACHE/debs/$sf_name/.request" 2>/dev/null)" = "$*" ]
}

set_begin() {
    rm -rf "$CACHE/debs/$1.new"
    mkdir -p "$CACHE/debs/$1.new"
}

set_end() {
    se_name=$1
    shift
    printf '%s\n' "$*" >"$CACHE/debs/$se_name.new/.request"
    rm -rf "$CACHE/debs/$se_name"
    mv "$CACHE/debs/$se_name.new" "$CACHE/debs/$se_name"
    note "$(find "$CACHE/debs/$se_name" -name '*.deb' | wc -l) packages, $(du -sh "$CACHE/debs/$se_name" | cut -f1)"
}

fetch_failed() {
    tail -n 5 "$CACHE/apt/log/$1.log" >&2
    die "apt could not fetch the packages for '$1' (log: $CACHE/apt/log/$1.log)" \
        "check the network and run guest/make again; what was fetched before is kept"
}

# unpack SET FOLDER: all packages of a set, unpacked over FOLDER. No maintainer script runs.
unpack() {
    for deb in "$CACHE/debs/$1"/*.deb; do
        dpkg-deb -x "$deb" "$2" || die "cannot unpack $deb" "rm -r $CACHE/debs/$1 and run guest/make again"
    done
}

# real_kernel_package META: the versioned package behind linux-image-amd64 and its like.
real_kernel_package() {
    apt-cache -c "$APT_CONF" depends "$1" 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1
}
