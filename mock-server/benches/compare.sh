#!/bin/sh
# The mock beside a bare hyper server that answers the same bytes, in one run, with wrk (Debian: apt-get install wrk).
#   benches/compare.sh [SECONDS] [ROUNDS]        from the package's directory
# Prints requests per second, median latency and resident memory, and the ratio of the medians; then the time to first
# byte with few connections, of both in turn: by a load that never sleeps, and by oha where it is installed
# (`cargo install oha`), which does.
set -eu
seconds=${1:-5}
rounds=${2:-3}
BODIES=$(cd "$(dirname "$0")" && pwd)
export BODIES
target=${CARGO_TARGET_DIR:-"$BODIES/../../target"}
cargo build --quiet --profile dist -p azure-openai-mock --features program --bins --example bare_hyper --example first_byte
out=$(mktemp -d)
"$target/dist/examples/bare_hyper" >"$out/hyper" &
hyper=$!
"$target/dist/azure-openai-mock" serve --port 0 --quiet >"$out/mock" &
mock=$!
trap 'kill $hyper $mock 2>/dev/null; rm -rf "$out"' EXIT
sleep 1
hyper_url=$(cat "$out/hyper")
mock_url=$(sed -n "s/export AZURE_OPENAI_ENDPOINT='\(.*\)'/\1/p" "$out/mock")
path='/openai/deployments/chat-prod/chat/completions?api-version=2024-10-21'
measure() { # name url script
    wrk -t1 -c16 -d"${seconds}s" --latency -s "$BODIES/$3.lua" "$2$path" >"$out/run"
    grep -q 'Non-2xx' "$out/run" && { cat "$out/run"; exit 1; }
    rate=$(awk '/Requests\/sec/ {print $2}' "$out/run")
    half=$(awk '$1 == "50%" {print $2}' "$out/run")
    echo "$rate" >>"$out/$1-$3"
    echo "$3 $1: $rate per second, median $half"
}
median() { # name kind
    sort -n "$out/$1-$2" | awk '{all[NR] = $1} END {print all[int((NR + 1) / 2)]}'
}
for kind in chat stream; do
    for _ in $(seq "$rounds"); do
        measure hyper "$hyper_url" "$kind"
        measure mock "$mock_url" "$kind"
        echo "  resident memory of the mock: $(awk '/VmRSS/ {print $2}' "/proc/$mock/status") kB"
    done
    awk -v kind="$kind" -v mock="$(median mock "$kind")" -v hyper="$(median hyper "$kind")" \
        'BEGIN {printf "%s: the mock does %.2f of bare hyper\n", kind, mock / hyper}'
done
"$target/dist/examples/first_byte"
command -v oha >/dev/null || exit 0
first_byte() { # name url kind
    stream=$([ "$3" = chat ] || echo 'x-stream: 1')
    oha --no-tui --output-format json -c 1 -z "${seconds}s" -m POST -D "$BODIES/$3.json" -H 'api-key: mock-key-east' \
        ${stream:+-H "$stream"} "$2$path" |
        python3 -c 'import json, sys; print(json.load(sys.stdin)["firstBytePercentiles"]["p50"] * 1e6)' >>"$out/$1-first-$3"
}
for kind in chat stream; do
    for _ in $(seq "$rounds"); do
        first_byte hyper "$hyper_url" "$kind"
        first_byte mock "$mock_url" "$kind"
    done
    awk -v kind="$kind" -v mock="$(median mock-first "$kind")" -v hyper="$(median hyper-first "$kind")" \
        'BEGIN {printf "first byte of a %s by oha: bare hyper %.0f µs, mock %.0f µs, %.2f times\n", kind, hyper, mock, mock / hyper}'
done
