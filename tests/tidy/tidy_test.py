#!/usr/bin/env python3
"""Plants each breach that tidy.py knows into a small clean tree and checks that it is found, and only it."""

import json
import pathlib
import subprocess
import tempfile
import unittest

import tidy

HEADER = "// A thing.\n#pragma once\n"
CLEAN = {
    "shared/base/a.h": HEADER,
    "shared/base/a.cpp": '#include "shared/base/a.h"\n\nint a() { return 1; }\n',
    "shared/base/README.md": "# base\n",
    "tests/unit/shared/base/a_test.cpp": '#include "shared/base/a.h"\n',
    "simulator/engine/clock.cpp": "auto now() { return std::chrono::system_clock::now(); }\n",
    "simulator/engine/README.md": "# engine\n",
    "web/sdk/queue.ts": "const now = options.now ?? (() => Date.now());\n",
    "web/sdk/README.md": "# sdk\n",
}
LONG_BODY = "  x();\n" * 80

# What is planted, and the breach it must give.
PLANTED = {
    "base includes a folder above it": (
        {"shared/base/a.cpp": '#include "shared/event/event.h"\n'}, "shared/base may not include shared/event/event.h"),
    "the simulator includes the edge": (
        {"simulator/engine/x.cpp": '#include "edge/wasm/collector_abi.h"\n'}, "simulator/engine may not include edge/"),
    "an include that is no full path": ({"shared/base/a.cpp": '#include "a.h"\n'}, "by the full path"),
    "a folder that nobody named": ({"simulator/new/x.cpp": '#include "shared/base/a.h"\n',
                                    "simulator/new/README.md": "#\n"}, "does not know"),
    "Boost in the core": ({"shared/base/a.cpp": "#include <boost/asio.hpp>\n"}, "Boost is only for"),
    "a clock in the core": ({"shared/base/a.cpp": "auto t = std::chrono::steady_clock::now();\n"}, "steady_clock"),
    "randomness in the core": ({"shared/base/a.cpp": "int r = rand();\n"}, "rand( outside"),
    "time in the core": ({"shared/base/a.cpp": "long t = time(nullptr);\n"}, "time(nullptr) outside"),
    "a clock in TypeScript": ({"web/sdk/queue.ts": "const now = Date.now();\n"}, "Date.now outside"),
    "randomness in TypeScript": ({"web/sdk/queue.ts": "const id = Math.random();\n"}, "Math.random outside"),
    "a long line": ({"shared/base/a.cpp": "//" + "x" * 99 + "\n"}, "101 columns"),
    "a letter that is not ASCII": ({"shared/base/a.cpp": "// \u00e9\n"}, "not ASCII"),
    "a long function": ({"shared/base/a.cpp": "void f(int a) {\n" + LONG_BODY + "}\n"}, "a function of 82 lines"),
    "a long function with a loop in it": (
        {"shared/base/a.cpp": "void f() const {\n  for (;;) {\n" + LONG_BODY + "  }\n}\n"}, "a function of 84 lines"),
    "a long file": ({"shared/base/a.cpp": "//\n" * 1001}, "lines, at most 1000"),
    "a header without a test": ({"shared/base/b.h": HEADER}, "no test tests/unit/shared/base/b_test.cpp"),
    "a test that includes something else first": (
        {"tests/unit/shared/base/a_test.cpp": '#include <vector>\n#include "shared/base/a.h"\n'}, "first include"),
    "a folder without a README": ({"edge/node/x.ts": "export {};\n"}, "edge/node:1: no README.md"),
    "a path of somebody's machine": ({"shared/base/a.cpp": '// see /home/' + "me/x\n"}, "somebody's machine"),
    "the folder beside the project": ({"web/sdk/queue.ts": 'read("../shared/' + 'data/x");\n'}, "for tests alone"),
    "a source that nothing compiles": ({"shared/base/dead.cpp": "int d;\n"}, "no target compiles it"),
}


class TidyTest(unittest.TestCase):
    def breaches(self, planted):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder).resolve()
            for name, text in {**CLEAN, **planted}.items():
                path = root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            subprocess.run(["git", "init", "-q", str(root)], check=True)
            compiled = [{"file": str(path)} for path in root.rglob("*.cpp") if path.name != "dead.cpp"]
            (root / ".git/compile_commands.json").write_text(json.dumps(compiled))
            return tidy.check_tree(root, root / ".git")

    def test_a_clean_tree_has_no_breach(self):
        self.assertEqual(self.breaches({}), [])

    def test_each_planted_breach_is_found_and_no_other(self):
        for name, (planted, expected) in PLANTED.items():
            with self.subTest(name):
                found = self.breaches(planted)
                self.assertEqual(len(found), 1, found)
                self.assertIn(expected, found[0])

    def test_comments_and_strings_are_no_code(self):
        harmless = 'const char* s = "system clock {{{"; // system_clock, rand()\n// {\n'
        self.assertEqual(self.breaches({"shared/base/a.cpp": harmless}), [])


if __name__ == "__main__":
    unittest.main()
