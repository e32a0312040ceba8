#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# jar.sh JDK VERSION FOLDER LIBRARY...: weightport-VERSION.jar with the libraries inside, its sources and its javadoc in FOLDER,
# in which generated/ is the raw layer. JDK: folder of javac, jar and javadoc.
set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
jdk=$1 version=$2 folder=$3
shift 3
name=$folder/weightport-$version
arch=$(uname -m)
platform=$(uname -s | tr 'A-Z' 'a-z' | sed 's/darwin/macos/')-${arch/arm64/aarch64}

grep -q "<version>$version</version>" "$here/pom.xml" || { echo "pom.xml is of another version" >&2; exit 1; }

rm -rf "$folder"/{classes,docs,jar}
mapfile -t sources < <(find "$here/src/main/java" "$folder/generated" -name '*.java' | sort)
"$jdk/javac" --release 11 -encoding UTF-8 -Xlint:all -Werror -d "$folder/classes" "${sources[@]}"

meta=$folder/jar/META-INF/maven/org.weightport/weightport
mkdir -p "$meta" "$folder/jar/natives/$platform"
cp "$here/pom.xml" "$meta"
natives=$folder/jar/natives/$platform
cp -L "$@" "$natives"
[[ ! -e $natives/libweightport.so.0 ]] || "$here/../needed.sh" "$natives/libweightport.so.0" "$natives"
# What the loader unpacks: a jar cannot be asked what is in a folder.
(cd "$natives" && ls --ignore='*.copyright') >"$folder/files"
mv "$folder/files" "$natives"
"$jdk/jar" --create --file "$name.jar" --module-version "$version" -C "$folder/classes" . -C "$folder/jar" .
"$jdk/jar" --create --file "$name-sources.jar" -C "$here/src/main/java" . -C "$folder/generated" org

"$jdk/javadoc" -quiet -encoding UTF-8 -Xdoclint:all,-missing -Werror -notimestamp -d "$folder/docs" \
  --source-path "$here/src/main/java:$folder/generated" --release 11 $(find "$here/src/main/java" -name '*.java')
"$jdk/jar" --create --file "$name-javadoc.jar" -C "$folder/docs" .
