#!/usr/bin/env bash
# Fuzz every parser of remote bytes: run.sh [SECONDS_PER_TARGET] [TARGET…]
# Stable Rust: libFuzzer with coverage instrumentation, and overflow and debug assertions on. A finding is left in
# artifacts/TARGET/ and ends the run; put it into seeds/TARGET/ with the fix, and every later run begins with it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

seconds=${1:-60}
shift || true
target_dir=${FUZZ_TARGET_DIR:-$PWD/target}
host=$(rustc -vV | sed -n 's/^host: //p')

# Coverage as libFuzzer wants it; these are stable code generation options.
instrument=(
  -Cpasses=sancov-module
  -Cllvm-args=-sanitizer-coverage-level=4
  -Cllvm-args=-sanitizer-coverage-inline-8bit-counters
  -Cllvm-args=-sanitizer-coverage-pc-table
  -Cllvm-args=-sanitizer-coverage-trace-compares
  -Ccodegen-units=1
)
# `--target` keeps build scripts and macros free of the instrumentation.
echo "── building the fuzz targets (the first time some minutes)"
RUSTFLAGS="${instrument[*]}" CARGO_TARGET_DIR="$target_dir" \
  cargo build --release --locked --quiet --target "$host"

targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
  mapfile -t targets < <(sed -n 's/^name = "\(.*\)"$/\1/p' Cargo.toml | tail -n +2)
fi
for target in "${targets[@]}"; do
  mkdir -p "corpus/$target" "artifacts/$target"
  log="artifacts/$target/log"
  folders=("corpus/$target")
  [ -d "seeds/$target" ] && folders+=("seeds/$target")
  if "$target_dir/$host/release/$target" "${folders[@]}" -artifact_prefix="artifacts/$target/" -max_len=4096 \
    -max_total_time="$seconds" -rss_limit_mb=1024 -timeout=5 -print_final_stats=1 >"$log" 2>&1; then
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    cover=$(grep -oE 'cov: [0-9]+' "$log" | tail -n 1)
    echo "$target: ${runs:-0} runs in $seconds s, ${cover:-cov: ?}, nothing found"
  else
    tail -n 40 "$log"
    echo "$target: FOUND something; the input and the log are in media/fuzz/artifacts/$target"
    exit 1
  fi
done
