"""Keeps simulator/services/s3/RULES.md whole: what the source has is in it, and what it names exists."""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def rows():
    for line in (ROOT / "simulator/services/s3/RULES.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| ") and cells[0] != "rule":
            yield cells


def source(*patterns):
    paths = [path for pattern in patterns for path in sorted(ROOT.glob(pattern))]
    return "".join(path.read_text() for path in paths)


class Rules(unittest.TestCase):
    def test_each_rule_is_shown_or_is_not_modelled_for_a_reason(self):
        self.assertGreater(len(list(rows())), 80)
        for row in rows():
            with self.subTest(row[0]):
                self.assertEqual(len(row), 2)
                named = re.fullmatch(r"`([^`]+)`: (.+)", row[1])
                if named is None:
                    self.assertRegex(row[1], r"^not modelled: \w.{10,}$")
                    continue
                # A long name stands in pieces on several lines.
                text = re.sub(r'"\s*\n\s*"', "", (ROOT / named[1]).read_text())
                self.assertRegex(text, r"(TEST_CASE\(\s*\"|def |test\(\"|test\.each[^\n]*\(\")" + re.escape(named[2]))

    def test_each_operation_and_error_has_a_row(self):
        first = {row[0].split(" ")[0] for row in rows()}
        enumeration = re.search(r"enum class S3Operation[^{]*\{([^}]*)\}", source("simulator/http/s3_request.h"))
        operations = set(re.findall(r"\w+", enumeration[1]))
        self.assertEqual(operations - first, set())
        code = source("simulator/services/s3/*.cpp", "simulator/http/s3_*.cpp")
        code += re.search(r"AwsError s3_signature_error.*?\n}", source("simulator/http/frontend.cpp"), re.S)[0]
        codes = set(re.findall(r'\{\s*"([A-Z][A-Za-z0-9]+)",\s*"', code)) - {"Content-Type"}
        self.assertGreater(len(codes), 20)
        self.assertEqual(codes - first - {"ETag", "Location"}, set())


if __name__ == "__main__":
    unittest.main()
