# SPDX-License-Identifier: MIT
# What ./dev does for packages.
package_packages=("${torch_packages[@]}" dpkg-dev lintian swig)
command -v javac >/dev/null || package_packages+=(default-jdk-headless)

# All into build/packages: Debian packages, the archive, the jar, and what NuGet takes.
package() {
  need "${package_packages[@]}"
  rm -rf build/packages
  compile release all -DWEIGHTPORT_BUILD_TESTS=OFF -DWEIGHTPORT_BUILD_TORCH=ON -DWEIGHTPORT_BUILD_JAVA=ON -DWEIGHTPORT_DEBIAN=ON \
    -DCMAKE_INSTALL_LIBDIR="lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH)"
  step "Debian packages" package-deb cpack --config build/CPackConfig.cmake -G DEB
  step "lintian" package-lintian package_lintian
  compile release all -DWEIGHTPORT_DEBIAN=OFF -DCMAKE_INSTALL_LIBDIR=lib
  step "archive" package-tgz cpack --config build/CPackConfig.cmake -G TGZ
  rm -rf build/packages/_CPack_Packages
  cp build/bindings/java/weightport-*.jar build/packages
  package_nuget
  step "where the libraries look for others" package-runpaths package_runpaths
  (cd build/packages && sha256sum -- * >SHA256SUMS && ls -l)
}

# Each in a bare root of the Debian that made it; needs root, for debootstrap.
test_package() {
  local status=0
  need "${package_packages[@]}" debootstrap util-linux
  package
  tests/package/package.sh build/packages build/fresh "$(. /etc/os-release && printf '%s' "$VERSION_CODENAME")" || status=$?
  ((status == 77)) || return $status
}

# Debian itself has no bug that asks for this package, and its changelog would have to name one.
package_lintian() { lintian --allow-root --fail-on error,warning --suppress-tags initial-upload-closes-no-bugs build/packages/*.deb; }

# Beside themselves, or where the system does: never in a folder of this machine, nor in the working directory of a user.
package_runpaths() (
  folder=$(mktemp -d)
  trap 'rm -r "$folder"' EXIT
  cd build/packages
  for package in *[0-9].jar *.nupkg *.tar.gz *.deb; do
    mkdir "$folder/$package"
    case $package in
      *.deb) dpkg-deb -x "$package" "$folder/$package" ;;
      *.tar.gz) tar -xzf "$package" -C "$folder/$package" ;;
      *) [[ ! -e $package ]] || python3 -m zipfile -e "$package" "$folder/$package" ;;
    esac
  done
  find "$folder" -type f \( -name '*.so*' -o -path '*/bin/*' \) ! -name '*.copyright' -print0 |
    xargs -0 readelf -d | sed -n 's/.*(R.*PATH) .*\[\(.*\)\]/\1/p' | sort | uniq -c | tee "$folder/runpaths"
  grep -q . "$folder/runpaths"
  ! grep -vE ' (\$ORIGIN|\$ORIGIN/\.\./lib)$' "$folder/runpaths"
)

package_nuget() {
  if ! command -v dotnet >/dev/null; then
    say "skipped: the NuGet packages, which need .NET"
    return
  fi
  step "NuGet: generated code and native half" package-native bindings/csharp/build_native.sh build/lib build/csharp
  if ! dotnet_in bindings/csharp dotnet restore -v q Weightport.Torch >build/log/package-restore.log 2>&1; then
    say "netstandard2.1 and net8.0 are left out, since NuGet does not give what they are compiled against"
    export WeightportFrameworks=net10.0
  fi
  step "NuGet packages" package-nuget csharp_pack
  cp build/csharp/packages/*.nupkg build/packages
}
