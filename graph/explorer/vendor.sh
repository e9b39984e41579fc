#!/bin/sh
# Fetches the explorer's assets, pinned, from the npm registry. Run it to change a version, then compress the result by
# `go test ./graph/explorer -update`, and commit both.
# GraphiQL 3 is the last that ships one ready-made script; later ones need a bundler and several megabytes of editor.
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
fetch graphiql 3.9.0 graphiql.min.js graphiql.min.js graphiql.min.css graphiql.min.css LICENSE LICENSE.graphiql
fetch react 18.3.1 umd/react.production.min.js react.production.min.js LICENSE LICENSE.react
fetch react-dom 18.3.1 umd/react-dom.production.min.js react-dom.production.min.js LICENSE LICENSE.react-dom
# The query builder is of GraphiQL's repository, whose licence it has, and contains graphiql-explorer.
fetch @graphiql/plugin-explorer 3.2.6 dist/index.umd.js plugin-explorer.umd.js dist/style.css plugin-explorer.css
fetch graphiql-explorer 0.9.0 LICENSE LICENSE.graphiql-explorer
sed -i '/^\/\/# sourceMappingURL=/d' ./*.js
# The style sheet holds two font families, nine tenths of it. The explorer takes the fonts of the system.
perl -0777 -pi -e 's/\@font-face\s*\{[^}]*\}//g' graphiql.min.css
