"""Keeps the RULES.md of the services whole: what the source has is in it, and what it names exists."""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVICES = ROOT / "simulator/services"


def rows(service):
    for line in (SERVICES / service / "RULES.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| ") and cells[0] != "rule":
            yield cells


def first_words(service):
    return {row[0].split(" ")[0].rstrip(":") for row in rows(service)}


def source(*patterns):
    paths = [path for pattern in patterns for path in sorted(ROOT.glob(pattern))]
    return "".join(path.read_text() for path in paths)


def error_codes(code):
    return set(re.findall(r'\{\s*"([A-Z][A-Za-z0-9]+)",\s*"', code))


class Rules(unittest.TestCase):
    def test_each_rule_is_shown_or_is_not_modelled_for_a_reason(self):
        for service, least in (("s3", 80), ("firehose", 90), ("sqs", 45), ("lambda", 35), ("cloudwatch", 75),
                               ("apigateway", 120)):
            self.assertGreater(len(list(rows(service))), least)
            for row in rows(service):
                with self.subTest(service, rule=row[0]):
                    self.assertEqual(len(row), 2)
                    named = re.fullmatch(r"`([^`]+)`: (.+)", row[1])
                    if named is None:
                        self.assertRegex(row[1], r"^not modelled: \w.{10,}$")
                        continue
                    # A long name stands in pieces on several lines.
                    text = re.sub(r'"\s*\n\s*"', "", (ROOT / named[1]).read_text())
                    head = r"(TEST_CASE\(\s*\"|def |test\(\"|test\.each[^\n]*\(\"|\]\)\(\")"
                    self.assertRegex(text, head + re.escape(named[2]))

    def test_each_operation_and_error_of_s3_has_a_row(self):
        enumeration = re.search(r"enum class S3Operation[^{]*\{([^}]*)\}", source("simulator/http/s3_request.h"))
        operations = set(re.findall(r"\w+", enumeration[1]))
        self.assertEqual(operations - first_words("s3"), set())
        code = source("simulator/services/s3/*.cpp", "simulator/http/s3_*.cpp")
        code += re.search(r"AwsError s3_signature_error.*?\n}", source("simulator/http/frontend.cpp"), re.S)[0]
        codes = error_codes(code) - {"Content-Type"}
        self.assertGreater(len(codes), 20)
        self.assertEqual(codes - first_words("s3") - {"ETag", "Location"}, set())

    def test_each_operation_error_processor_and_failure_of_firehose_has_a_row(self):
        known = first_words("firehose")
        protocol = source("simulator/http/firehose_protocol.cpp")
        operations = set(re.findall(r'\{"(\w+)", ControlCall::', protocol)) | {"PutRecord", "PutRecordBatch"}
        self.assertEqual(len(operations), 12)
        self.assertEqual(operations - known, set())
        code = source("simulator/services/firehose/*.cpp", "simulator/http/stream_requests.cpp") + protocol
        codes = {name for name in error_codes(code) if name.endswith("Exception")}
        self.assertGreater(len(codes), 7)
        self.assertEqual(codes - known, set())
        processors = set(re.findall(r'processor\.type == "(\w+)"', code))
        self.assertEqual(len(processors), 6)
        self.assertEqual(processors - known, set())
        failures = set(re.findall(r'"((?:Lambda|DynamicPartitioning)\.\w+)"', code))
        self.assertGreater(len(failures), 8)
        self.assertEqual(failures - known, set())
        formats = set(re.findall(r'\{Compression::\w+, "(\w+)"\}', code))
        self.assertEqual(len(formats), 5)
        self.assertEqual(formats - known, set())

    def test_each_operation_and_error_of_sqs_has_a_row(self):
        known = first_words("sqs")
        protocol = source("simulator/http/sqs_protocol.cpp")
        operations = set(re.findall(r'\{"(\w+)", &SqsProtocol::', protocol))
        operations |= set(re.findall(r'operation == "(\w+)"', protocol))
        self.assertGreater(len(operations), 20)
        self.assertEqual(operations - known, set())
        code = source("simulator/services/sqs/*.cpp", "simulator/http/sqs_requests.cpp") + protocol
        codes = error_codes(code) - operations
        attributes = set(re.findall(r'\{"(\w+)", &QueueSettings::', code))
        self.assertGreater(len(codes - attributes), 15)
        self.assertEqual(codes - attributes - known - {"VisibilityTimeout", "Policy"}, set())

    def test_each_operation_and_error_of_lambda_has_a_row(self):
        known = first_words("lambda")
        enumeration = re.search(r"enum class LambdaOperation[^{]*\{([^}]*)\}", source("simulator/http/lambda_requests.h"))
        self.assertEqual(set(re.findall(r"\w+", enumeration[1])) - known, set())
        codes = error_codes(source("simulator/services/lambda/*.cpp", "simulator/http/lambda_*.cpp"))
        codes = {name for name in codes if name.endswith("Exception")}
        self.assertGreater(len(codes), 6)
        self.assertEqual(codes - known, set())

    def test_each_operation_and_error_of_cloudwatch_has_a_row(self):
        known = first_words("cloudwatch")
        protocol = source("simulator/http/cloudwatch_protocol.cpp")
        operations = set(re.findall(r'^    \{"(\w+)", [a-z_]+\},$', protocol, re.M))
        self.assertEqual(len(operations), 8)
        self.assertEqual(operations - known, set())
        code = source("simulator/services/cloudwatch/*.cpp", "simulator/http/cloudwatch_requests.cpp") + protocol
        codes = set(re.findall(r'\{+\s*"([A-Z]\w+)",\s*("[^"]*[ %])', code))
        codes = {code for code, _ in codes} | set(re.findall(r'^    \{"(\w+)", "\w+"\},$', protocol, re.M))
        self.assertGreater(len(codes), 7)
        self.assertEqual(codes - known, set())

    def test_each_response_reference_and_method_of_apigateway_has_a_row(self):
        known = first_words("apigateway")
        kinds = set(re.findall(r'^    \{"([A-Z0-9_]+)", \d+, ', source("simulator/services/apigateway/rest_api.cpp"), re.M))
        self.assertEqual(len(kinds), 14)
        self.assertEqual(kinds - known, set())
        methods = source("simulator/services/apigateway/vtl_methods.cpp")
        table = source("tests/unit/simulator/services/apigateway/vtl_table_test.cpp")
        names = {"text." + name for name in re.findall(r'^    \{"(\w+)", \d,', methods, re.M)}
        for kind in ("list", "map", "other"):
            body = re.search(rf"^VtlAnswer call_{kind}\(.*?^}}", methods, re.S | re.M)[0]
            names |= {f"{kind}.{name}" for name in re.findall(r'name == "(\w+)"', body)}
        self.assertGreater(len(names), 33)
        utilities = re.search(r"^VtlAnswer vtl_call_util\(.*?^}", methods, re.S | re.M)[0]
        references = {"$util." + name for name in re.findall(r'name == "(\w+)"', utilities)}
        run = source("simulator/services/apigateway/vtl.cpp")
        references |= {"$input." + name for name in re.findall(r'name == "(body|params|path|json)"', run)}
        references |= {"$context." + name for name in re.findall(r'"(requestOverride|responseOverride)"', run)}
        self.assertEqual(len(references), 12)
        parser = source("simulator/services/apigateway/vtl_parser.cpp")
        lists = re.findall(r"k(?:NotModelled|Directives) = \{([^}]*)\}", parser)
        directives = {"#" + name for names in lists for name in re.findall(r'"(\w+)"', names)}
        self.assertEqual(len(directives), 14)
        self.assertEqual((names | references | directives) - known, set())
        # Each is in the table of templates too.
        for name in names:
            self.assertIn("." + name.split(".")[1] + "(", table)
        for name in references | directives - {"#else"}:
            self.assertIn(name, table)
        gateway = source("simulator/services/apigateway/gateway.cpp")
        prepare = re.search(r"^GatewayCall Gateway::prepare\(.*?^}", gateway, re.S | re.M)[0]
        variables = {"$context." + name for name in re.findall(r'\{"([\w.]+)", ', prepare)}
        self.assertEqual(len(variables), 14)
        self.assertEqual(variables - known, set())


if __name__ == "__main__":
    unittest.main()
