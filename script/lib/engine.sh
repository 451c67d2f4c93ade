# shellcheck shell=bash
# Finds a container engine, or installs and starts one. Sourced by `bootstrap`; needs common.sh and the .venv.

readonly ENGINE_WAIT_SECONDS=60
readonly ENGINE_LOG=/var/log/fc-conformance-dockerd.log

engine() { .venv/bin/python script/lib/engine.py "$@"; }

# engine_ensure: sets ENGINE_HOST to the address of an engine that answers, or ends the script.
engine_ensure() {
    local found reasons
    reasons=$(mktemp)
    if found=$(engine find 2>"$reasons"); then
        rm -f "$reasons"
        engine_announce "$found"
        return
    fi
    if [[ -n ${DOCKER_HOST:-} ]]; then
        sed 's/^/    /' "$reasons" >&2
        rm -f "$reasons"
        die engine "no container engine answers at DOCKER_HOST=$(engine shown "$DOCKER_HOST")" \
            "start that engine, or unset DOCKER_HOST to use the one of this machine"
    fi
    if ! is_root_on_debian; then
        sed 's/^/    /' "$reasons" >&2
        rm -f "$reasons"
        die engine 'no container engine answers on this machine (addresses tried: above)' \
            'start Docker (and be allowed to use its socket), or Podman with its socket, or set DOCKER_HOST;' \
            'as root on Debian or Ubuntu this script installs and starts Docker itself'
    fi
    rm -f "$reasons"
    # PATH of a bare root shell may lack /usr/sbin, where Debian puts the daemon.
    PATH=$PATH:/usr/sbin:/sbin
    command -v dockerd >/dev/null || apt_install engine docker.io
    command -v iptables >/dev/null || apt_install engine iptables
    engine_start
    found=$(engine find 2>/dev/null) || die engine 'the daemon answered once and then no more' \
        "look into $ENGINE_LOG"
    engine_announce "$found"
}

engine_announce() {
    ENGINE_HOST=${1%%$'\t'*}
    export DOCKER_HOST=$ENGINE_HOST
    say engine "${1#*$'\t'} at $(engine shown "$ENGINE_HOST")"
}

# engine_start: starts the machine's daemon so that it outlives this script, and waits for its first answer.
engine_start() {
    if [[ -d /run/systemd/system ]]; then
        say engine 'starting Docker through systemd'
        systemctl start docker || die engine 'systemd could not start docker.service' \
            'see: journalctl --unit docker --lines 50'
        engine_await '' unix:///var/run/docker.sock ''
        return
    fi
    local pid
    pid=$(cat /var/run/docker.pid 2>/dev/null || true)
    if [[ -n $pid && $(cat "/proc/$pid/comm" 2>/dev/null) == dockerd ]]; then
        say engine "a Docker daemon is coming up already (process $pid)"
        engine_await "$pid" unix:///var/run/docker.sock /var/log/docker.log
        return
    fi
    # The number of a daemon that is gone may belong to another process now, and dockerd would refuse to start.
    rm -f /var/run/docker.pid
    engine_start_daemon unix:///var/run/docker.sock "$ENGINE_LOG"
}

# engine_start_daemon ADDRESS LOG [DOCKERD ARGUMENT...]: starts dockerd detached from this session, with no
# descriptor of ours, and waits until it answers at ADDRESS. Sets ENGINE_DAEMON_PID.
engine_start_daemon() {
    local -r address=$1 log=$2
    shift 2
    say engine "starting the Docker daemon (log: $log)"
    local report
    report=$(mktemp)
    (
        close_inherited
        # shellcheck disable=SC2016  # expanded by the inner shell, whose number the daemon takes over
        exec setsid nohup sh -c 'echo $$ >"$0"; exec dockerd "$@"' "$report" \
            --host "$address" "$@" </dev/null >"$log" 2>&1
    ) &
    local tick
    for ((tick = 0; tick < 50; tick++)); do
        [[ -s $report ]] && break
        sleep 0.1
    done
    ENGINE_DAEMON_PID=$(cat "$report")
    rm -f "$report"
    [[ -n $ENGINE_DAEMON_PID ]] || die engine 'the Docker daemon could not be started within 5 s' "look into $log"
    engine_await "$ENGINE_DAEMON_PID" "$address" "$log"
}

# engine_await PID ADDRESS LOG: waits for the engine's answer, no longer than its process lives; PID and LOG may
# be empty when someone else looks after the daemon.
engine_await() {
    local -r pid=$1 address=$2 log=$3
    local -r began=$SECONDS
    local announced=0
    until DOCKER_HOST=$address engine find >/dev/null 2>&1; do
        if [[ -n $pid ]] && ! kill -0 "$pid" 2>/dev/null; then
            engine_show_log "$log"
            die engine "the Docker daemon ended before it answered at $address (end of its log: above)" \
                'in a container it needs the privileges of the host (docker run --privileged) and mounted cgroups;' \
                'where it cannot run, set DOCKER_HOST to an engine elsewhere'
        fi
        if ((SECONDS - began >= ENGINE_WAIT_SECONDS)); then
            engine_show_log "$log"
            die engine "the Docker daemon did not answer at $address within $ENGINE_WAIT_SECONDS s" \
                'see the end of its log above'
        fi
        if ((SECONDS - began >= announced + 5)); then
            announced=$((SECONDS - began))
            say engine "waiting for its first answer, $announced of at most $ENGINE_WAIT_SECONDS s"
        fi
        sleep 0.2
    done
}

# engine_show_log FILE: the end of the daemon's log, without its chatter.
engine_show_log() {
    if [[ -n $1 && -r $1 ]]; then { grep -v 'level=info' "$1" || true; } | tail -n 15 | sed 's/^/    /' >&2; fi
}
