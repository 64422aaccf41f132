# What every verb shares: messages, packages, presets. Sourced from the top of the checkout.
set -euo pipefail

say() { echo "dev: $*" >&2; }
die() { say "$*"; exit 1; }

# Compilers may need 1.5 GB each, so a machine short of memory runs fewer than it has cores.
jobs() {
  local cores memory_kb
  cores=$(nproc)
  memory_kb=$(awk '/^MemTotal:/ {print $2}' /proc/meminfo)
  local fitting=$((memory_kb / 1500000))
  echo $((fitting < 1 ? 1 : fitting < cores ? fitting : cores))
}

installed() { [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }
apt_knows() { [[ -n $(apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: //p' | grep -v '(none)') ]]; }
as_root() { if [[ $EUID -eq 0 ]]; then "$@"; else sudo "$@"; fi; }

# lines_of GROUP: the package lines of one group of .dev/packages.
lines_of() { awk -v group="[$1]" '/^\[/ {on = $0 == group; next} on && NF && !/^#/' .dev/packages; }

any_installed() {
  local package
  for package in ${1//|/ }; do installed "$package" && return; done
  return 1
}

# first_known A|B: the alternative that apt can install, or nothing.
first_known() {
  local package
  for package in ${1//|/ }; do
    if apt_knows "$package"; then echo "$package"; return; fi
  done
}

# need GROUP...: installs what is missing, once, and says so.
need() {
  local group line optional missing=() lines=()
  for group in "$@"; do
    while read -r line optional; do
      any_installed "$line" || lines+=("$line$optional")
    done < <(lines_of "$group")
  done
  # Faster, not needed: their absence alone is no reason to call apt.
  local wanted=("${lines[@]/*\?/}")
  [[ -n ${wanted[*]// /} ]] || return 0
  command -v apt-get >/dev/null || die "needs the packages ${wanted[*]} (see .dev/packages); there is no apt here to install them"
  [[ $EUID -eq 0 ]] || command -v sudo >/dev/null || die "needs root or sudo, to apt-get install ${wanted[*]}"
  say "looking for packages (apt-get update)"
  as_root apt-get update -qq </dev/null
  for line in "${lines[@]}"; do
    local package
    package=$(first_known "${line%\?}")
    if [[ -n $package ]]; then
      missing+=("$package")
    elif [[ $line != *\? ]]; then
      die "apt has none of: ${line//|/ } (on Ubuntu, enable the universe component)"
    fi
  done
  say "installing, once: ${missing[*]}"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >/dev/null
}

# preset_needs PRESET: the package groups for it.
preset_needs() { case $1 in dev | release) echo build ;; *) echo build clang ;; esac; }

folder_of() { [[ $1 == dev ]] && echo build || echo "build-$1"; }

# configure PRESET: installs, then configures. CI turns warnings into errors; a user's newer compiler should not.
configure() {
  [[ $1 =~ ^(dev|release|clang|asan|tsan|fuzz)$ ]] || die "there is no preset \"$1\" (dev, release, clang, asan, tsan, fuzz)"
  # shellcheck disable=SC2046
  need $(preset_needs "$1")
  local options=()
  [[ -z ${CI:-} ]] || options+=(-DKLAMM_WERROR=ON)
  cmake --preset "$1" "${options[@]}" >&2
}

build() {
  local preset=$1
  shift
  configure "$preset"
  cmake --build --preset "$preset" --parallel "$(jobs)" "$@" >&2
}
