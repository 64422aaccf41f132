"""./dev mutants: makes raft/ and replica/ wrong in one place after the other, and asks whether the tests notice."""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import mutants
import syntax
from judge import Judge

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TREE = ROOT / "build-mutants"
FOLDERS = list(mutants.NAMESPACES)
SHARE_CAUGHT = 0.85
SMALL = ["storms", *("unit_" + folder.replace("/", "_") for folder in FOLDERS)]
NOT_YET = "not looked into yet"
_EXPLAINED = re.compile(r"- (.+?) -> (.+)")


def copy_sources() -> None:
    """Everything that git knows or might, but for what is mutated: that is written apart."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True,
                            capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        mutated = str(Path(name).parent) in FOLDERS and name.endswith(".cpp")
        if not mutated and (ROOT / name).is_file():
            mutants.write_if_new(TREE / name, (ROOT / name).read_bytes())
            shutil.copymode(ROOT / name, TREE / name)


def build(log: Path, targets: list[str]) -> None:
    with log.open("w", encoding="utf-8") as to:
        # Each source by itself: a mutant compiles no neighbours.
        for command in (["cmake", "--preset", "dev", "-DKLAMM_WERROR=ON", "-DCMAKE_UNITY_BUILD=OFF"],
                        ["cmake", "--build", "--preset", "dev", "--target", *targets, "--parallel", str(os.cpu_count())]):
            if subprocess.run(command, cwd=TREE, stdout=to, stderr=to, check=False).returncode != 0:
                raise SystemExit(f"mutants: {' '.join(command)} failed, see {log}")


def fingerprint(source: mutants.Source) -> str:
    """Of what the list of mutants follows from, and so the verdicts on them."""
    parts = [*source.texts.values(), *((HERE / name).read_bytes() for name in ("find.py", "rewrite.py"))]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def find_mutants(source: mutants.Source, state: str) -> list[mutants.Mutant]:
    """Finds and writes them once for each state of the sources: clang takes seconds for each of them."""
    kept = TREE / "mutants.json"
    if kept.exists() and (known := json.loads(kept.read_text(encoding="utf-8")))["state"] == state:
        return [mutants.Mutant(**one) for one in known["mutants"]]
    every, by_file = mutants.numbered(source, source.sites(syntax.flags_of(ROOT / "build/compile_commands.json")))
    mutants.write_sources(source, by_file, TREE)
    kept.write_text(json.dumps({"state": state, "mutants": [asdict(one) for one in every]}), encoding="utf-8")
    return every


def explanations() -> dict[str, str]:
    lines = (HERE / "survivors.md").read_text(encoding="utf-8").splitlines()
    return {found[1]: found[2] for line in lines if (found := _EXPLAINED.fullmatch(line))}


def report(chosen: list[mutants.Mutant], verdicts: dict[str, str | None]) -> int:
    reasons = explanations()
    survivors = [one for one in chosen if not verdicts.get(one.key)]
    caught = len(chosen) - len(survivors)
    share = caught / max(1, len(chosen))
    print(f"{len(chosen)} mutants, {caught} caught ({share:.1%}), survivors:")
    for one in survivors:
        print(f"{one.name}\n  {one.key} -> {reasons.get(one.key, NOT_YET)}")
    unexplained = sum(reasons.get(one.key, NOT_YET) == NOT_YET for one in survivors)
    if unexplained:
        print(f"{unexplained} survivors are not explained in tests/mutants/survivors.md")
    return 0 if share >= SHARE_CAUGHT and not unexplained else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("dev mutants", description=__doc__)
    parser.add_argument("--only", action="append", metavar="FILE", help="judge the mutants of this file (or part of a name)")
    parser.add_argument("--survivors", action="store_true", help="judge those that survivors.md lists")
    parser.add_argument("--small", action="store_true", help="without whole brokers, which take hours to judge and to build")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many are judged at once")
    parser.add_argument("--list", action="store_true", help="print the names of all mutants, and build nothing")
    parser.add_argument("--built", action="store_true", help="do not build: it is built already")
    parser.add_argument("--again", action="store_true", help="judge survivors again: the tests have changed")
    return parser.parse_args()


def main() -> int:
    how = arguments()
    source = mutants.Source(ROOT, FOLDERS)
    state = fingerprint(source)
    TREE.mkdir(exist_ok=True)
    every = find_mutants(source, state)
    listed = explanations()
    chosen = [one for one in every if not how.only or any(part in one.name for part in how.only)]
    chosen = [one for one in chosen if not how.survivors or one.key in listed]
    if how.list:
        for one in chosen:
            print(f"{one.name}\n  {one.key}")
        return 0
    if not how.built:
        copy_sources()
        build(TREE / "build.log", SMALL if how.small else [*SMALL, "sim"])
    judge = Judge(TREE / "build" / "bin", TREE / f"verdicts-{state}.json", how.jobs, how.small)
    if how.again:
        judge.forget_survivors()
    for line in judge.run(chosen):
        print(line, file=sys.stderr, flush=True)
    return report(chosen, judge.verdicts)


if __name__ == "__main__":
    sys.exit(main())
