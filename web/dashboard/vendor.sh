#!/bin/sh
# Fetches the dashboard's assets, pinned, from the npm registry. Run it to change a version, then compress the result by
# `go test ./web/dashboard -update`, and commit both. Plot puts a style element into each chart, whose hash dashboard.go
# has in the page's policy: the tests in the browser tell where it differs.
set -eu
cd "$(dirname "$0")/assets"
fetch() { # package version [file as]...
  package=$1 version=$2; shift 2
  folder=$(mktemp -d)
  archive=$(cd "$folder" && npm pack --silent "$package@$version")
  tar -xzf "$folder/$archive" -C "$folder"
  while [ $# -gt 0 ]; do cp "$folder/package/$1" "$2"; shift 2; done
  rm -r "$folder"
}
fetch d3 7.9.0 dist/d3.min.js d3.min.js LICENSE LICENSE.d3
fetch @observablehq/plot 0.6.17 dist/plot.umd.min.js plot.umd.min.js LICENSE LICENSE.plot
