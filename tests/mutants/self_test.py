"""The finder and the rewriter on a sample: each mutant is one program's choice, and none of them the sample itself."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import rewrite
import syntax
from find import Finder

ROOT = Path(__file__).resolve().parent.parent.parent

SAMPLE = """
#include <algorithm>
#include <compare>
#include <cstdio>

namespace specimen {

struct offset {
  int value;
  auto operator<=>(const offset&) const = default;
};
constexpr int most = 3 < 4 ? 9 : 8;

int bounded(offset at, offset end, bool open) {
  if (at < end && !open) return std::min(at.value, most) + 1;
  return at != end || open ? 20 : 30;
}
void settle(int& state) {
  if (state == 2) {
    state = 5;
    return;
  }
  state = 7;
}
int settled(int state) {
  for (int i = 0; i < 2 && state > 7; ++i) --state;
  const int before = state;
  settle(state);
  return 10 * before + state;
}

}  // namespace specimen

int main() {
  using namespace specimen;
  for (int at : {1, 2, 3, 12})
    for (bool open : {false, true}) std::printf("%d ", bounded({at}, {at < 10 ? 2 : 13}, open));
  for (int state : {1, 2, 7, 8, 12}) std::printf("%d ", settled(state));
}
"""

EXPECTED = [
    "if true", "if false", "&& dropped", "< to <=", "< to >=", "&& dropped", "! dropped", "min to max", "+ 1 dropped",
    "? true", "? false", "|| dropped", "!= to ==", "|| dropped",
    "if true", "if false", "== to !=", "return dropped",
    "for false", "&& dropped", "< to <=", "< to >=", "&& dropped", "> to >=", "> to <=",
]  # fmt: skip


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        source, binary = Path(folder, "sample.cpp"), Path(folder, "sample")
        source.write_text(SAMPLE, encoding="utf-8")
        finder = Finder(lambda file: SAMPLE.encode())
        for tree in syntax.parse(source, ["-std=c++20"], "specimen"):
            finder.visit(tree)
        sites = sorted(finder.sites.values(), key=lambda site: (site.begin, -site.end, rewrite.depth(site)))
        found = [kind for site in sites for kind in site.kinds]
        if found != EXPECTED:
            print(f"found {found}\nnot   {EXPECTED}")
            return 1
        numbers = [sum(len(site.kinds) for site in sites[:i]) for i in range(len(sites))]
        source.write_bytes(rewrite.rewritten(SAMPLE.encode(), list(zip(numbers, sites))))
        subprocess.run(["clang++-19", "-std=c++20", f"-I{ROOT}", str(source), "-o", str(binary)], check=True)

        def says(**chosen: str) -> str:
            return subprocess.run([str(binary)], env=os.environ | chosen, capture_output=True, text=True, timeout=10).stdout

        unchanged = [kind for number, kind in enumerate(found) if says(KLAMM_MUTANT=str(number)) == says()]
        print(f"{len(found)} mutants, as the sample itself: {unchanged}")
        return 0 if unchanged == [] else 1


if __name__ == "__main__":
    sys.exit(main())
