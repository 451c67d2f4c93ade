# shellcheck shell=bash
# Makes the image that all runtimes are built on. Sourced by `bootstrap`; needs common.sh and engine.sh.

# To be raised when an image made by an older version of these scripts must not be used any more.
readonly BASE_VERSION=1
readonly BASE_REPOSITORY=fc-conformance/base
readonly BASE_PUBLIC=debian:bookworm-slim
readonly BASE_OWN=fc-conformance/debian:bookworm
readonly BASE_PULL_SECONDS=180

# base_ensure: sets BASE_IMAGE to the tag of the base image. The tag is derived from all that goes into it, so
# an image that is there already is never built a second time.
base_ensure() {
    local source_id key
    base_source
    source_id=$(engine image-id "$BASE_SOURCE") ||
        die 'base image' "the source image $BASE_SOURCE is gone" 'run this script again'
    base_certificates
    key=$({
        printf '%s\n' "$BASE_VERSION" "$source_id"
        cat script/base-image/Dockerfile ${BASE_CERTIFICATES[@]+"${BASE_CERTIFICATES[@]}"}
    } | sha256sum | cut -c 1-12)
    BASE_IMAGE=$BASE_REPOSITORY:$key
    local id note='already there'
    if ! id=$(engine image-id "$BASE_IMAGE"); then
        say 'base image' "building $BASE_IMAGE from $BASE_SOURCE (${#BASE_CERTIFICATES[@]} certificates of this machine)"
        id=$(engine build script/base-image/Dockerfile "$source_id" "$BASE_IMAGE" \
            ${BASE_CERTIFICATES[@]+"${BASE_CERTIFICATES[@]}"}) ||
            die 'base image' "it could not be built from $BASE_SOURCE (the engine's words: above)" \
                'the source must be a Debian or Ubuntu image with apt-get; see CONFORMANCE_BASE_IMAGE'
        note="made from $BASE_SOURCE"
    fi
    if [[ $(engine image-id "$BASE_REPOSITORY:current" || true) != "$id" ]]; then
        engine tag "$id" "$BASE_REPOSITORY:current" ||
            die 'base image' "$BASE_IMAGE could not be tagged as $BASE_REPOSITORY:current" 'see above'
    fi
    say 'base image' "$BASE_IMAGE ($note)"
}

# base_source: sets BASE_SOURCE to a local image to start from; gets or makes one when there is none.
base_source() {
    BASE_SOURCE=${CONFORMANCE_BASE_IMAGE:-}
    if [[ -n $BASE_SOURCE ]]; then
        engine image-id "$BASE_SOURCE" >/dev/null || base_pull "$BASE_SOURCE" ||
            die 'base image' "CONFORMANCE_BASE_IMAGE=$BASE_SOURCE is not on this engine and cannot be pulled" \
                'load or build that image, or unset CONFORMANCE_BASE_IMAGE'
        return
    fi
    for BASE_SOURCE in "$BASE_PUBLIC" "$BASE_OWN"; do
        if engine image-id "$BASE_SOURCE" >/dev/null; then return; fi
    done
    BASE_SOURCE=$BASE_PUBLIC
    if base_pull "$BASE_SOURCE"; then return; fi
    BASE_SOURCE=$BASE_OWN
    base_from_packages
}

# base_pull REFERENCE: fetches an image within a bounded time.
base_pull() {
    local said
    say 'base image' "pulling $1 (at most $BASE_PULL_SECONDS s)"
    if ! said=$(timeout "$BASE_PULL_SECONDS" .venv/bin/python script/lib/engine.py pull "$1" 60 2>&1); then
        say 'base image' "$1 cannot be pulled: ${said:-no end within $BASE_PULL_SECONDS s}"
        return 1
    fi
}

# base_certificates: sets BASE_CERTIFICATES to the root certificates this machine trusts on top of Debian's.
base_certificates() {
    BASE_CERTIFICATES=()
    local path why
    for path in /usr/local/share/ca-certificates/*.crt; do
        [[ -f $path ]] && grep -qs 'BEGIN CERTIFICATE' "$path" && BASE_CERTIFICATES+=("$path")
    done
    local -a named=()
    IFS=: read -r -a named <<<"${CONFORMANCE_CA_CERTS:-}"
    for path in ${named[@]+"${named[@]}"}; do
        [[ -n $path ]] || continue
        why=$(engine certificates "$path" 2>&1) ||
            die 'base image' "CONFORMANCE_CA_CERTS names $path, which has no certificate to take: $why" \
                'name PEM files, separated by colons'
        BASE_CERTIFICATES+=("$path")
    done
}

# base_from_packages: makes BASE_OWN out of Debian's packages, through the package source of this machine.
base_from_packages() {
    if ! command -v mmdebstrap >/dev/null; then
        is_root_on_debian || die 'base image' "there is no $BASE_PUBLIC, and mmdebstrap is not installed to make one" \
            'install mmdebstrap, or load an image with apt-get in it and name it in CONFORMANCE_BASE_IMAGE'
        apt_install 'base image' mmdebstrap
    fi
    [[ $(id -u) == 0 ]] || die 'base image' "only root can make $BASE_OWN from packages" \
        'run this script as root once, or name an image in CONFORMANCE_BASE_IMAGE'
    [[ -r /usr/share/keyrings/debian-archive-keyring.gpg ]] || apt_install 'base image' debian-archive-keyring
    local directory
    directory=$(mktemp -d)
    say 'base image' "making $BASE_OWN from Debian packages (about 15 s)"
    base_debian_sources >"$directory/debian.list"
    local -a mirror=()
    [[ -s $directory/debian.list ]] && mirror=("$directory/debian.list")
    if ! base_mmdebstrap "$directory" ${mirror[@]+"${mirror[@]}"} &&
        { [[ ${#mirror[@]} == 0 ]] || ! base_mmdebstrap "$directory"; }; then
        tail -n 15 "$directory/log" | sed 's/^/    /' >&2
        rm -rf "$directory"
        die 'base image' 'mmdebstrap failed (end of its output: above)' \
            'see to it that this machine reaches a Debian mirror, or name an image in CONFORMANCE_BASE_IMAGE'
    fi
    engine import "$directory/root.tar" "$BASE_OWN" >/dev/null ||
        { rm -rf "$directory"; die 'base image' "the engine refused to import $BASE_OWN" 'see above'; }
    rm -rf "$directory"
}

# base_mmdebstrap DIRECTORY [SOURCES FILE]: writes DIRECTORY/root.tar. Only Debian's own signing keys count.
base_mmdebstrap() {
    local -r directory=$1
    shift
    rm -f "$directory/root.tar"
    timeout 600 mmdebstrap --quiet --mode=root --variant=minbase --include=ca-certificates \
        --keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
        bookworm "$directory/root.tar" "$@" >"$directory/log" 2>&1 </dev/null
}

# base_debian_sources: prints where this machine gets Debian bookworm from, one `deb` line each, so that a
# company's mirror is used; prints nothing when the machine is no bookworm. Sources of third parties are left
# out: they have suites or signing keys of their own.
base_debian_sources() {
    local -a files=()
    local file
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources; do
        [[ -r $file ]] && files+=("$file")
    done
    [[ ${#files[@]} == 0 ]] || awk '
        function debian_suite(suite) { return suite ~ /^bookworm(-updates|-security)?$/ }
        function debian_key(key) { return key == "" || key ~ /debian-archive/ }
        function end_of_stanza(    i, j, n, m, uri, suite) {
            if (types ~ /(^| )deb( |$)/ && components ~ /(^| )main( |$)/ && debian_key(key) && enabled != "no") {
                n = split(uris, uri, " "); m = split(suites, suite, " ")
                for (i = 1; i <= n; i++) for (j = 1; j <= m; j++)
                    if (debian_suite(suite[j])) print "deb " uri[i] " " suite[j] " main"
            }
            types = uris = suites = components = key = enabled = ""
        }
        FNR == 1 { end_of_stanza() }
        /^[[:space:]]*#/ { next }
        FILENAME ~ /\.sources$/ {
            if ($0 ~ /^[[:space:]]*$/) { end_of_stanza(); next }
            name = tolower($1); value = $0; sub(/^[^:]*:[[:space:]]*/, "", value)
            if (name == "types:") types = value
            else if (name == "uris:") uris = value
            else if (name == "suites:") suites = value
            else if (name == "components:") components = value
            else if (name == "signed-by:") key = value
            else if (name == "enabled:") enabled = tolower(value)
            next
        }
        $1 == "deb" {
            line = $0; options = ""
            if (match(line, /\[[^]]*\]/)) { options = substr(line, RSTART, RLENGTH); sub(/\[[^]]*\]/, "", line) }
            $0 = line
            if (options ~ /signed-by=/ && options !~ /debian-archive/) next
            for (i = 4; i <= NF; i++)
                if ($i == "main" && debian_suite($3)) print "deb " $2 " " $3 " main"
        }
        END { end_of_stanza() }
    ' "${files[@]}"
}
