# shellcheck shell=sh
# Sourced by the scripts beside it: a gateway, its engines and nginx on loopback, and a way to measure what they cost.
# What it starts is ended, and what it writes is removed, when the script ends. Linux only: it reads /proc.

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
started=

stop() {
    for process in "$@"; do
        kill "$process" 2>/dev/null || true
        wait "$process" 2>/dev/null || true
    done
}

finish() {
    # shellcheck disable=SC2086 # one argument for each process
    stop $started
    [ ! -s "$work/nginx.pid" ] || kill "$(cat "$work/nginx.pid")" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

die() {
    echo "$(basename "$0"): $1" >&2
    exit 1
}

# start <name> <command>: in the background, its output in a file of that name; its id is then in $process.
start() {
    name=$1
    shift
    "$@" >"$work/$name.log" 2>&1 &
    process=$!
    started="$started $process"
}

# soon <command>: until it succeeds, for 30 s at most.
soon() {
    tries=0
    until "$@" >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ $tries -lt 1500 ] || die "after 30 s still without success: $*"
        sleep 0.02
    done
}

# Files of all connections at once: two for each stream of the gateway.
raise_file_limit() {
    ulimit -n "$(ulimit -H -n)"
    [ "$(ulimit -n)" = unlimited ] || [ "$(ulimit -n)" -ge 12000 ] ||
        echo "Only $(ulimit -n) open files are allowed (expected: 12000): many streams will be refused." >&2
}

# body <model> <more members>: a chat completion of 2 KiB.
body() {
    printf '{"model": "%s", %s"messages": [{"role": "user", "content": "%s"}]}' \
        "$1" "$2" "$(head -c 1960 /dev/zero | tr '\0' x)"
}

build_llmload() {
    gcc -O2 -o "$work/llmload" "$here/llmload.c"
}

# start_engine <port> <chunks of a stream> <microseconds between them> <model>
start_engine() {
    start "engine-$1" "$work/llmload" serve "$@"
    soon curl -sf "http://127.0.0.1:$1/health"
}

# The gateway as it is installed: the launcher picks the options of the JVM.
install_gateway() {
    jar=$root/dlrouter-server/target/dlrouter-server.jar
    [ -f "$jar" ] || die "no $jar (expected: built with mvn -Pdist -DskipTests package)"
    mkdir -p "$work/dlrouter/bin" "$work/dlrouter/lib"
    cp "$root/dlrouter-server/src/main/dist/bin/dlrouter" "$work/dlrouter/bin"
    cp "$jar" "$work/dlrouter/lib"
}

# start_gateway <Java home> <port> <urls of nodes>
start_gateway() {
    start "gateway-$2" env JAVA_HOME="$1" XDG_CACHE_HOME="$work/cache" "$work/dlrouter/bin/dlrouter" \
        --server_name 127.0.0.1 --server_port "$2" --backend vllm --node_urls "$3" --disable_cache_status
}

# start_nginx <port> <port of the engine>: false if there is no nginx. It ends by its pid file.
start_nginx() {
    command -v nginx >/dev/null || { echo "nginx is not installed: no yardstick." >&2; return 1; }
    cat >"$work/nginx.conf" <<END
worker_processes 2;
worker_rlimit_nofile 12000;
pid $work/nginx.pid;
daemon on;
events { worker_connections 5000; }
http {
    access_log off;
    client_body_temp_path $work/client; proxy_temp_path $work/proxy; fastcgi_temp_path $work/fastcgi;
    uwsgi_temp_path $work/uwsgi; scgi_temp_path $work/scgi;
    upstream engine { server 127.0.0.1:$2; keepalive 1024; keepalive_requests 1000000; }
    server {
        listen 127.0.0.1:$1 backlog=4096;
        keepalive_requests 1000000;
        location / {
            proxy_pass http://engine;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_buffering off;
            client_body_buffer_size 64k;
        }
    }
}
END
    nginx -p "$work" -e "$work/nginx.log" -c "$work/nginx.conf"
    soon curl -sf "http://127.0.0.1:$1/health"
    workers=$(pgrep -P "$(cat "$work/nginx.pid")")
}

# CPU time of processes so far, in seconds.
cpu() {
    for each in "$@"; do
        sed 's/.*) //' "/proc/$each/stat"
    done | awk -v hz="$(getconf CLK_TCK)" '{ ticks += $12 + $13 } END { print ticks / hz }'
}

# measure <name> <processes> <arguments of llmload load>: keeps the figures under the name.
measure() {
    name=$1 processes=$2
    shift 2
    # shellcheck disable=SC2086 # one argument for each process
    before=$(cpu $processes)
    "$work/llmload" load "$@" | tr -d '\n' >"$work/$name.figures"
    # shellcheck disable=SC2086
    after=$(cpu $processes)
    echo "$before $after" | awk '{ printf " cpu=%f\n", $2 - $1 }' >>"$work/$name.figures"
    echo "$name:" "$(cat "$work/$name.figures")" >&2
}

# figure <name> <key>
figure() {
    tr ' ' '\n' <"$work/$1.figures" | sed -n "s/^$2=//p"
}

# of <format> <expression of awk>: a number
of() {
    awk "BEGIN { printf \"$1\", $2 }"
}

# per <name> <key>: microseconds of CPU for each of what is counted there
per() {
    of %.1f "$(figure "$1" cpu) * 1e6 / ($(figure "$1" "$2") + 0.001)"
}
