#!/usr/bin/env bash
# The object store that the tests talk to: versitygw, a real S3 server over a folder. Built once by Go's own client, from
# the Go module proxy, and kept where Go keeps programs; a minute or two the first time.
set -u
module=github.com/versity/versitygw version=v1.8.0 needs=1.26

if ! command -v go >/dev/null; then
  echo "The tests of the object store need Go $needs or newer (go install builds their S3 server): https://go.dev/dl" >&2
  exit 1
fi
program="$(go env GOPATH)/bin/versitygw"
go version -m "$program" 2>/dev/null | grep -q "mod[[:space:]]*$module[[:space:]]*$version[[:space:]]" && exit 0
echo "── S3 server for the tests: versitygw $version"
CGO_ENABLED=0 go install -ldflags='-s -w' "$module/cmd/versitygw@$version"
