#!/usr/bin/env python3
"""Runs clang-tidy over the first-party sources of a build, two at a time.

    clang_tidy.py BUILD_DIR

A source that was clean is not looked at again until it, one of the project's headers, .clang-tidy or its compile
command changes: clean results are kept in build/tidy. Ends 1 and prints the findings when there are any.
"""

import concurrent.futures
import hashlib
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIRST_PARTY = ("shared", "simulator", "edge")
TIDY = "clang-tidy-22"
JOBS = 2
# Steps of the static analyzer in one function. It has 225,000 by itself, and then takes nine tenths of the time of a
# check over sources that it finds nothing in.
ANALYZER_NODES = 30_000


def commands(build_dir):
    entries = json.loads((build_dir / "compile_commands.json").read_text())
    for entry in entries:
        path = pathlib.Path(entry["file"])
        if path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in FIRST_PARTY:
            yield path, entry["command"]


def headers_key():
    digest = hashlib.sha256((ROOT / ".clang-tidy").read_bytes())
    for folder in FIRST_PARTY:
        for header in sorted((ROOT / folder).rglob("*.h")):
            digest.update(header.read_bytes())
    return digest.hexdigest()


def analyzer_bound():
    words = ("-Xclang", "-analyzer-config", "-Xclang", f"max-nodes={ANALYZER_NODES}")
    return [f"--extra-arg={word}" for word in words]


def check(path, command, headers, build_dir, stamps):
    """The findings in one source, as text; empty when it is clean."""
    key = hashlib.sha256(f"{headers}{command}{ANALYZER_NODES}".encode() + path.read_bytes()).hexdigest()
    stamp = stamps / key
    if stamp.exists():
        return ""
    run = subprocess.run(
        # Precompiled headers are g++'s; clang reads the sources without them.
        [TIDY, "-p", str(build_dir), "--quiet", "--extra-arg=-Wno-unknown-warning-option",
         "--extra-arg=-Wno-ignored-optimization-argument",
         "--extra-arg=-Wno-ignored-gch", *analyzer_bound(), str(path)],
        capture_output=True, text=True, check=False)
    if run.returncode == 0:
        stamp.touch()
        return ""
    return run.stdout + run.stderr


def main():
    build_dir = pathlib.Path(sys.argv[1]).resolve()
    stamps = ROOT / "build" / "tidy"
    stamps.mkdir(parents=True, exist_ok=True)
    headers = headers_key()
    jobs = sorted(set(commands(build_dir)))
    if not jobs:
        print(f"clang_tidy: no sources of {', '.join(FIRST_PARTY)} in {build_dir}/compile_commands.json")
        return 1
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        findings = list(pool.map(lambda job: check(*job, headers, build_dir, stamps), jobs))
    for text in filter(None, findings):
        print(text)
    print(f"clang-tidy: {len(jobs)} sources, {sum(1 for text in findings if text)} with findings")
    return 1 if any(findings) else 0


if __name__ == "__main__":
    sys.exit(main())
