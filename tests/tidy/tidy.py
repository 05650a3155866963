#!/usr/bin/env python3
"""Checks the source tree against the rules that no compiler knows (design: layout; style: habits).

    tidy.py [ROOT] [--build BUILD]   prints each breach as FILE:LINE: what, and ends 1 when there is any

BUILD is a build folder of the tree: with its compile_commands.json, sources that no target compiles are named.
Only files that git knows, or would add, count.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys

COLUMNS_MAX = 100
FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 1000

# Which folder may include which, beside itself. The design's arrows, written out.
BASE = ["shared/base"]
SHARED = ["shared"]
ALLOWED = {
    "shared/base": [],
    "shared/plan": BASE,
    "shared/event": BASE + ["shared/plan"],
    "shared/enrich": BASE + ["shared/plan", "shared/event"],
    "shared/wire": BASE,
    "shared/pack": BASE + ["shared/wire"],
    "shared/collect": SHARED,
    "edge": SHARED + ["edge"],
    "simulator/engine": SHARED,
    "simulator/services": SHARED + ["simulator/engine"],
    "simulator/adapters": SHARED + ["simulator/engine", "simulator/services"],
    "simulator/http": SHARED + ["simulator/adapters", "simulator/engine", "simulator/services",
                                "simulator/lake/object_store.h"],
    "simulator/lake": SHARED + ["simulator/engine", "simulator/services"],
    "simulator/load": SHARED + ["simulator/engine", "simulator/scenario/ledger.h"],
    "simulator/cost": SHARED + ["simulator/engine"],
    "simulator/shaping": SHARED + ["simulator/adapters/yaml_json.h", "simulator/cost", "simulator/engine",
                                   "simulator/services"],
    "simulator/scenario": SHARED + ["simulator/engine", "simulator/lake", "simulator/load",
                                    "simulator/services/firehose/journal.h",
                                    "simulator/services/s3/notifications.h", "simulator/services/sqs"],
    "simulator/report": SHARED + ["simulator/engine", "simulator/cost", "simulator/lake", "simulator/load",
                                  "simulator/scenario"],
    "simulator/main.cpp": SHARED + ["simulator"],
    "tests": [""],
}
BOOST_FOLDERS = ("simulator/http/", "simulator/load/http/", "edge/native/", "tests/")

# A call that reads the real clock or real randomness, and the files that own one. Everything else takes it as an
# argument, or as an option that defaults to it (TypeScript).
BANNED_CPP = re.compile(r"system_clock|steady_clock|random_device|\brand\(|\btime\((nullptr|NULL|0)\)|gettimeofday"
                        r"|clock_gettime|getrandom|\barc4random")
BANNED_TS = re.compile(r"Date\.now|Math\.random|new Date\(\)|performance\.now|getRandomValues|randomUUID")
OWNERS = {
    "simulator/engine/clock.cpp",
    "simulator/engine/random.cpp",
    "edge/worker/world.ts",
    "web/sdk/world.ts",
}
# Programs that run at wall clock only: the driver of real connections, the scripts of the local stack, the demo page.
OWNER_FOLDERS = ("simulator/load/http/", "edge/deploy/local/", "web/demo/", "tests/")

# Longer functions that are known; the number may only fall. A new one is split, not listed.
LONG_FUNCTIONS = {}

# What only the WASM builds compile.
WASM_ONLY = ("edge/wasm/standalone_runtime.cpp", "tests/bench/module/agents_module.cpp")

CODE = (".cpp", ".h", ".ts", ".py", ".mjs", ".js", ".css", ".html", ".cmake", ".sh")
TEXT = CODE + (".md", ".json", ".txt", ".capnp", ".sql", ".yml", ".yaml")
GENERATED = ("package-lock.json",)
# The folder beside the repository, which only tests may read.
OUTSIDE = re.compile(r"\.\./shared/(data|facts|hooks|DESIGN|STYLE)|\.\./shared\b(?!/)")
HOME_PATH = re.compile(r"(?<![\w.])/(home|Users|root|work)/\w")


class Tree:
    def __init__(self, root):
        self.root = pathlib.Path(root).resolve()
        self.breaches = []
        self.files = sorted(self.list_files())

    def list_files(self):
        listed = subprocess.run(["git", "-C", str(self.root), "ls-files", "--cached", "--others", "--exclude-standard"],
                                capture_output=True, text=True, check=True).stdout.split("\n")
        return {name for name in listed if name and (self.root / name).is_file()}

    def lines(self, name):
        return (self.root / name).read_text(encoding="utf-8", errors="surrogateescape").split("\n")

    def breach(self, name, line, what):
        self.breaches.append(f"{name}:{line}: {what}")


def is_source(name):
    return name.endswith((".cpp", ".h")) and name.startswith(("shared/", "edge/", "simulator/", "tests/"))


def folder_rule(name):
    """The most exact entry of ALLOWED for a file."""
    fitting = [key for key in ALLOWED if name == key or name.startswith(key + "/")]
    return max(fitting, key=len, default=None)


def check_includes(tree, name, lines):
    rule = folder_rule(name)
    for number, line in enumerate(lines, 1):
        boost = re.match(r"\s*#\s*include\s*[<\"]boost/", line)
        if boost and not name.startswith(BOOST_FOLDERS):
            tree.breach(name, number, "Boost is only for " + ", ".join(BOOST_FOLDERS[:-1]))
        found = re.match(r'\s*#\s*include\s*"([^"]+)"', line)
        if not found:
            continue
        target = found.group(1)
        if "/" not in target or target.startswith("."):
            tree.breach(name, number, f'include by the full path from the root, not "{target}"')
            continue
        if rule is None:
            tree.breach(name, number, "a folder that the layout does not know: name it in tests/tidy/tidy.py")
            continue
        own = rule if rule.endswith(".cpp") else rule + "/"
        allowed = ALLOWED[rule]
        fits = target.startswith(own) or any(
            prefix == "" or target == prefix or target.startswith(prefix + "/") for prefix in allowed)
        if not fits:
            tree.breach(name, number, f"{rule} may not include {target}")


def check_banned(tree, name, lines):
    if name in OWNERS or name.startswith(OWNER_FOLDERS):
        return
    banned = BANNED_CPP if name.endswith((".cpp", ".h")) else BANNED_TS if name.endswith((".ts", ".js", ".mjs")) else None
    for number, line in enumerate(lines, 1):
        code = re.split(r"//|^\s*\*|/\*", line)[0]
        found = banned.search(code) if banned else None
        if not found:
            continue
        # An option that defaults to the real thing is how TypeScript is given it.
        if name.endswith(".ts") and re.search(r"\?\?\s*\(?.*" + re.escape(found.group(0)), code):
            continue
        tree.breach(name, number, f"{found.group(0)} outside the files that own the clock and randomness")


def check_text(tree, name, lines):
    is_code = name.endswith(CODE)
    for number, line in enumerate(lines, 1):
        # In a test a literal that the formatter cannot break may be longer: a line of JSON, a URL.
        is_literal = name.startswith("tests/") and '"' in line
        if name.endswith((".cpp", ".h")) and len(line) > COLUMNS_MAX and not is_literal:
            tree.breach(name, number, f"{len(line)} columns, at most {COLUMNS_MAX}")
        if is_code and not line.isascii():
            tree.breach(name, number, "not ASCII")
        if OUTSIDE.search(line) and not name.startswith("tests/"):
            tree.breach(name, number, "the folder beside the project is for tests alone")
        if HOME_PATH.search(line) and name != "tests/tidy/tidy.py":
            tree.breach(name, number, "a path of somebody's machine")
    if is_code and len(lines) > FILE_LINES_MAX:
        tree.breach(name, 1, f"{len(lines)} lines, at most {FILE_LINES_MAX}")


def blanked(text):
    """Source with comments, strings and characters blanked, so that braces count."""
    pattern = re.compile(r'R"(\w*)\(.*?\)\1"|//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n]){1,4}\'', re.S)
    return pattern.sub(lambda found: re.sub(r"[^\n]", " ", found.group(0)), text)


def functions(text):
    """(first line, lines) of each function body: a brace after `)` that is no control statement."""
    code = blanked(text)
    opening = re.compile(r"\)\s*(?:const|noexcept|override|mutable|->\s*[\w:<>&*, ]+|:\s*[^;{}]*(?:\{[^{}]*\}[^;{}]*)*)*\s*\{")
    control = re.compile(r"\b(if|for|while|switch|catch)\s*(constexpr\s*)?\($")
    at = 0
    while True:
        found = opening.search(code, at)
        if not found:
            return
        at = found.end()
        close = matching(code, found.start())
        if close is not None and control.search(code[max(0, close - 40):close + 1]):
            continue
        depth, end = 1, found.end()
        while end < len(code) and depth > 0:
            depth += (code[end] == "{") - (code[end] == "}")
            end += 1
        first = code.count("\n", 0, found.start()) + 1
        yield first, code.count("\n", found.start(), end) + 1
        at = end


def matching(code, close):
    """Where the parenthesis that ends at `close` opens."""
    depth = 0
    for i in range(close, -1, -1):
        depth += (code[i] == ")") - (code[i] == "(")
        if depth == 0:
            return i
    return None


def check_functions(tree, name, lines):
    longest = 0
    for first, count in functions("\n".join(lines)):
        longest = max(longest, count)
        if count > LONG_FUNCTIONS.get(name, FUNCTION_LINES_MAX):
            tree.breach(name, first, f"a function of {count} lines, at most {FUNCTION_LINES_MAX}")
    if name in LONG_FUNCTIONS and longest < LONG_FUNCTIONS[name]:
        tree.breach(name, 1, f"its longest function is now {longest} lines: lower LONG_FUNCTIONS in tests/tidy/tidy.py")


def check_header_tested(tree, name):
    if name.startswith("tests/"):
        return
    test = "tests/unit/" + name[:-2] + "_test.cpp"
    if test not in tree.files:
        return tree.breach(name, 1, f"no test {test}")
    first = next((line for line in tree.lines(test) if line.startswith("#include")), "")
    if first != f'#include "{name}"':
        tree.breach(test, 1, f'its first include must be "{name}"')


def check_readmes(tree):
    folders = {"/".join(name.split("/")[:2]) for name in tree.files
               if name.count("/") >= 2 and name.startswith(("shared/", "edge/", "simulator/", "web/"))}
    for folder in sorted(folders):
        if folder + "/README.md" not in tree.files:
            tree.breach(folder, 1, "no README.md that says what the folder is and what it may depend on")


def check_dead(tree, build):
    commands = json.loads((pathlib.Path(build) / "compile_commands.json").read_text())
    compiled = {str(pathlib.Path(entry["file"]).resolve()) for entry in commands}
    for name in tree.files:
        if not name.endswith(".cpp") or not is_source(name) or name in WASM_ONLY:
            continue
        if str(tree.root / name) not in compiled:
            tree.breach(name, 1, "no target compiles it")


def check_tree(root, build=None):
    tree = Tree(root)
    for name in tree.files:
        if not name.endswith(TEXT) and "." in name.rsplit("/", 1)[-1]:
            continue
        if name in GENERATED or name.startswith("tests/tidy/planted/") or "/corpus/" in name:
            continue
        lines = tree.lines(name)
        check_text(tree, name, lines)
        check_banned(tree, name, lines)
        if not is_source(name):
            continue
        check_includes(tree, name, lines)
        check_functions(tree, name, lines)
        if name.endswith(".h"):
            check_header_tested(tree, name)
    check_readmes(tree)
    if build:
        check_dead(tree, build)
    return tree.breaches


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", nargs="?", default=pathlib.Path(__file__).resolve().parents[2])
    parser.add_argument("--build")
    options = parser.parse_args()
    breaches = check_tree(options.root, options.build)
    print("\n".join(breaches))
    print(f"{len(breaches)} breaches")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
