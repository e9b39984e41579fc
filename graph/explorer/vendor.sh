#!/bin/sh
# Fetches the explorer's assets, pinned, from the npm registry. Run it to change a version, and commit the result.
# GraphiQL 3 is the last that ships one ready-made script; later ones need a bundler and several megabytes of editor.
set -eu
cd "$(dirname "$0")/assets"
fetch() { # package version file...
  package=$1 version=$2; shift 2
  folder=$(mktemp -d)
  archive=$(cd "$folder" && npm pack --silent "$package@$version")
  tar -xzf "$folder/$archive" -C "$folder"
  for file in "$@"; do cp "$folder/package/$file" .; done
  cp "$folder/package/LICENSE" "LICENSE.$package"
  rm -r "$folder"
}
fetch graphiql 3.9.0 graphiql.min.js graphiql.min.css
fetch react 18.3.1 umd/react.production.min.js
fetch react-dom 18.3.1 umd/react-dom.production.min.js
sed -i '/^\/\/# sourceMappingURL=/d' ./*.js
