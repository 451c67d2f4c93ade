# shellcheck shell=bash
# What all scripts share: messages, deadlines, Debian packages. Sourced, never run.

# say STEP TEXT: one line of progress.
say() { printf '%s: %s: %s\n' "${SCRIPT_NAME:-script}" "$1" "$2"; }

# die STEP TEXT...: what happened, then what to do, one line each; ends the script.
die() {
    local -r step=$1
    local line
    shift
    for line in "$@"; do printf '%s: %s: %s\n' "${SCRIPT_NAME:-script}" "$step" "$line" >&2; done
    exit 1
}

# is_root_on_debian: true when this user may install packages with apt-get.
is_root_on_debian() {
    [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null && [[ -r /etc/os-release ]] &&
        grep -Eq '^ID(_LIKE)?=.*(debian|ubuntu)' /etc/os-release
}

# close_inherited: closes every descriptor above stderr, so that what is started next holds on to no pipe or
# lock of its caller. To be called in a subshell.
close_inherited() {
    local path
    for path in /proc/self/fd/*; do
        local fd=${path##*/}
        [[ $fd =~ ^[0-9]+$ ]] && ((fd > 2)) && eval "exec $fd>&-"
    done
    return 0
}

# apt_install STEP PACKAGE...: installs Debian packages quietly, with one refresh of the package lists if the
# first try fails (they may be missing or stale); shows the end of apt-get's output when it fails for good.
apt_install() {
    local -r step=$1
    shift
    local log
    log=$(mktemp)
    say "$step" "installing $* with apt-get"
    # A package's daemon must neither read our input nor keep our output open: hence the closed descriptors.
    if ! (close_inherited; try_apt "$@") >"$log" 2>&1 </dev/null &&
        ! (close_inherited; apt-get -o DPkg::Lock::Timeout=120 -o Acquire::Retries=2 update && try_apt "$@") \
            >"$log" 2>&1 </dev/null; then
        tail -n 15 "$log" >&2
        rm -f "$log"
        die "$step" "apt-get could not install $*; the end of its output is above" \
            "install $* by hand and run this script again"
    fi
    rm -f "$log"
}

try_apt() {
    DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 \
        install --yes --no-install-recommends "$@"
}

# names_path_below DIRECTORY ARGUMENT...: true when one of the arguments is a test below DIRECTORY (a path or a
# node id), so that the whole directory must not be added to it.
names_path_below() {
    local -r directory=$1
    local argument path
    shift
    for argument in "$@"; do
        path=${argument%%::*}
        path=${path#./}
        path=${path#"$PWD"/}
        if [[ ($path == "$directory" || $path == "$directory"/*) && -e $path ]]; then return 0; fi
    done
    return 1
}
