# SPDX-License-Identifier: MIT
# Inside the root, in the folder of the packages: use.sh APT
cd "$(dirname "$0")"
read -ra apt <<<"$1"

install() { "${apt[@]}" install "$@" >/dev/null; }
reads() { grep -q 'fc.weight: float32 \[ \?3,\? 8 \?\] begins with 0.1284'; }
# Nothing of a package's may be left when it is gone.
traces() { find / -xdev \( -path /root -o -path /proc -o -path /var/log \) -prune -o -name '*weightport*' -print; }

install gcc libc6-dev pkg-config ./libweightport0_*.deb ./libweightport-dev_*.deb
cc -Wall -Wextra -Werror read_weights.c -o read_weights $(pkg-config --cflags --libs weightport)
./read_weights checkpoint.tar | reads
echo "ok libweightport0, libweightport-dev"
install g++ libdeflate-dev libsimdjson-dev
cc read_weights.c -o read_weights -DWP_STATIC -l:libweightport.a -ldeflate -lsimdjson -lstdc++ -lm
./read_weights checkpoint.tar | reads
echo "ok the static library"

install ./weightport-tools_*.deb
weightport inspect checkpoint.tar | grep -q fc.weight
[[ -e /usr/share/man/man1/weightport.1.gz ]]
echo "ok weightport-tools"

if [[ -e model.ts ]]; then
  install ./libweightport-torch0_*.deb
  cc -Wall -Wextra -Werror predict.c -o predict $(pkg-config --cflags --libs weightport-torch)
  ./predict model.ts ckpt.tar | awk '{ print $1; for (i = 2; i <= NF; i++) printf " %.4f", $i; print "" }' | paste -sd '' | diff - scores.txt
  echo "ok libweightport-torch0"
else
  echo "skipped: libweightport-torch0, which was not made"
fi

"${apt[@]}" purge '?name(weightport)' >/dev/null
[[ -z $(traces) ]] || { traces; exit 1; }
echo "ok removed"

# The archive, without any package of ours; what it needs is still here.
mkdir /root/anywhere
tar -xzf weightport-*.tar.gz -C /root/anywhere --strip-components=1
/root/anywhere/bin/weightport inspect checkpoint.tar | grep -q fc.weight
export PKG_CONFIG_PATH=/root/anywhere/lib/pkgconfig
cc -Wall -Wextra -Werror read_weights.c -o read_weights $(pkg-config --cflags --libs weightport)
LD_LIBRARY_PATH=/root/anywhere/lib ./read_weights checkpoint.tar | reads
echo "ok the archive"

# The jar and the NuGet package bring along what they need.
"${apt[@]}" purge '?name(^libdeflate)' '?name(^libsimdjson)' >/dev/null
if ldconfig -p | grep -E 'deflate|simdjson'; then exit 1; fi
install default-jdk-headless
java -cp weightport-*[0-9].jar ReadWeights.java checkpoint.tar | reads
echo "ok the jar"

if [[ -e /opt/dotnet ]]; then
  export PATH=$PATH:/opt/dotnet DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
  dotnet new console --no-restore -o reader >/dev/null
  version=$(echo Weightport.[0-9]*.nupkg | sed 's/^Weightport\.\(.*\)\.nupkg$/\1/')
  dotnet add reader package Weightport --no-restore --version "$version" >/dev/null
  cp ReadWeights.cs reader/Program.cs
  RestoreSources=$PWD dotnet run --project reader -- checkpoint.tar | reads
  echo "ok the NuGet package"
else
  echo "skipped: the NuGet package, without .NET"
fi
