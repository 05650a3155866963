"""note's API of 2020 as senders meet it: urllib, http.client and curl in front, Firehose and S3 read by boto3 behind."""

import concurrent.futures
import datetime
import http.client
import json
import pathlib
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

from simulator import Simulator

NOTE = pathlib.Path(__file__).parents[2] / "simulator/scenario/designs/note-2020/api.yaml"
DESTINATION = {
    "RoleARN": "arn:aws:iam::000000000000:role/firehose",
    "BucketARN": "arn:aws:s3:::lake",
    "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 900},
}
BODY_BYTES_MAX = 10_485_760


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)


def send(url, body=None, method=None, content_type="application/json", **headers):
    """One request by urllib, answered with whatever status."""
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method)
    if content_type is not None:
        request.add_header("Content-Type", content_type)
    for name, value in headers.items():
        request.add_header(name.replace("_", "-"), value)
    try:
        with urllib.request.urlopen(request) as answer:
            return Answer(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.headers, error.read())


class Api:
    """The design's API in front of a stream `events`. `edits` change the text of its document."""

    def __init__(self, *flags, edits=()):
        text = NOTE.read_text()
        for old, new in edits:
            assert old in text, old
            text = text.replace(old, new)
        with tempfile.TemporaryDirectory() as folder:
            document = pathlib.Path(folder) / "api.yaml"
            document.write_text(text)
            self.simulator = Simulator("--control", "--api", str(document), "--api-port", "0", *flags)
        self.url = self.simulator.ready["api"]
        self.simulator.client("firehose").create_delivery_stream(
            DeliveryStreamName="events", ExtendedS3DestinationConfiguration=DESTINATION
        )

    def post(self, path, body, **more):
        return send(self.url + path, body, **more)

    def delivered(self):
        """All bytes of the bucket, in the order of its keys."""
        self.simulator.flush()
        s3 = self.simulator.client("s3")
        found = s3.list_objects_v2(Bucket="lake").get("Contents", [])
        return b"".join(s3.get_object(Bucket="lake", Key=o["Key"])["Body"].read() for o in found)

    def figures(self):
        return self.simulator.status()["apigateway"]


class ApiCase(unittest.TestCase):
    def api(self, *flags, **more):
        api = Api(*flags, **more)
        self.addCleanup(api.simulator.close)
        return api

    def assert_message(self, answer, status, message, error_type):
        self.assertEqual((answer.status, answer.json()), (status, {"message": message}))
        self.assertEqual(answer.headers["x-amzn-ErrorType"], error_type)
        self.assertEqual(answer.headers["Content-Type"], "application/json")


class Records(ApiCase):
    def setUp(self):
        self.a = self.api("--quota", "unlimited")

    def test_an_event_becomes_a_record_that_is_delivered(self):
        event = {"content_type": "page_view", "text": "\u65e5\u672c \U0001f600 'it' \"q\" \\ \n </x>", "n": [1, 2.50, None]}
        answer = self.a.post("/events", event)
        self.assertEqual((answer.status, answer.json()), (200, {"accepted": 1}))
        self.assertEqual(answer.headers["Access-Control-Allow-Origin"], "*")
        self.assertRegex(answer.headers["x-amzn-RequestId"], r"^[0-9a-f-]{36}$")
        self.assertTrue(answer.headers["x-amz-apigw-id"])
        self.assertEqual(json.loads(self.a.delivered()), event)

    def test_the_api_is_also_beside_the_other_services(self):
        # As LocalStack has it: no port of its own.
        simulator = self.a.simulator
        url = f"{simulator.endpoint}/restapis/{self.a.figures()['api']}/prod/_user_request_/events"
        self.assertEqual(send(url, {"a": 1}).status, 200)
        self.assertEqual(self.a.delivered(), b'{"a":1}')

    def test_a_batch_becomes_records_that_are_delivered(self):
        events = [{"n": n, "text": "x\ny"} for n in range(500)]
        answer = self.a.post("/events/batch", {"events": events})
        self.assertEqual((answer.status, answer.json()), (200, {"accepted": 500, "failed": 0}))
        self.assertEqual([json.loads(line) for line in self.a.delivered().splitlines()], events)
        counters = next(s for s in self.a.simulator.status()["streams"] if s["name"] == "events")
        self.assertEqual(counters["requests"], 1)

    def test_an_error_of_firehose_is_mapped(self):
        answer = self.a.post("/events/batch", {"events": list(range(501))})
        self.assertEqual(answer.status, 400)
        self.assertIn("less than or equal to 500", answer.json()["message"])
        self.a.simulator.client("firehose").delete_delivery_stream(DeliveryStreamName="events")
        deadline = time.monotonic() + 20
        while (answer := self.a.post("/events", {})).status == 200 and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(answer.status, 400)
        self.assertIn("events under account 000000000000 not found", answer.json()["message"])

    def test_curl_sends_what_the_sdk_sends(self):
        body = json.dumps({"content_type": "page_view", "event_id": "e1"})
        done = subprocess.run(
            ["curl", "-sS", "-A", "an 'agent' \"of\" its own", "-H", "Content-Type: text/plain", "-d", body,
             "-w", "\n%{http_code}", self.a.url + "/collect"],
            capture_output=True, text=True, check=True,
        )
        text, status = done.stdout.rsplit("\n", 1)
        self.assertEqual((status, json.loads(text)), ("200", {"accepted": 1, "failed": [], "ack": "durable"}))
        line = json.loads(self.a.delivered())
        self.assertEqual(line["body"], body)
        self.assertEqual(line["headers"], {"user-agent": "an 'agent' \"of\" its own"})
        self.assertEqual(line["client_ip"], "127.0.0.1")
        self.assertLess(abs(line["received_ms"] / 1000 - time.time()), 60)

    def test_a_connection_is_kept_for_many_events(self):
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(self.a.url).netloc)
        self.addCleanup(connection.close)
        for n in range(50):
            connection.request("POST", "/prod/events", str(n), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            self.assertEqual((answer.status, answer.read()), (200, b'{"accepted":1}'))
        self.assertEqual(self.a.delivered(), "".join(map(str, range(50))).encode())

    def test_eight_senders_at_once_are_all_answered_and_counted(self):
        def fire(sender):
            for n in range(40):
                answer = self.a.post("/events/batch", {"events": [{"sender": sender, "n": n}]})
                if answer.status != 200:
                    return answer.status
            return 200

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            self.assertEqual(list(pool.map(fire, range(8))), [200] * 8)
        got = [json.loads(line) for line in self.a.delivered().splitlines()]
        wanted = {(sender, n) for sender in range(8) for n in range(40)}
        self.assertEqual(len(got), 320)
        self.assertEqual({(event["sender"], event["n"]) for event in got}, wanted)
        self.assertEqual(self.a.figures()["count"], 320)


class Refusals(ApiCase):
    @classmethod
    def setUpClass(cls):
        cls.a = Api("--quota", "unlimited")

    @classmethod
    def tearDownClass(cls):
        cls.a.simulator.close()

    def test_a_path_or_method_that_is_not_there_misses_its_token(self):
        host = self.a.url.removesuffix("/prod")
        for method, url in (("POST", "/prod/none"), ("GET", "/prod/events"), ("POST", "/test/events"), ("POST", "/")):
            with self.subTest(method, url=url):
                answer = send(host + url, b"{}" if method == "POST" else None, method=method)
                self.assert_message(
                    answer, 403, "Missing Authentication Token", "MissingAuthenticationTokenException"
                )
                # By the document's own DEFAULT_4XX.
                if url.startswith("/prod"):
                    self.assertEqual(answer.headers["Access-Control-Allow-Origin"], "*")

    def test_a_content_type_without_a_template_is_refused(self):
        answer = self.a.post("/events", b"<a/>", content_type="text/xml")
        self.assert_message(answer, 415, "Unsupported Media Type", "UnsupportedMediaTypeException")
        self.assertEqual(self.a.post("/events", {}, content_type="application/json; charset=utf-8").status, 200)

    def test_a_body_that_is_no_json_is_a_bad_request(self):
        for body in (b"{", b"{} {}", b"nonsense", b"[" * 10_000):
            with self.subTest(body[:10]):
                answer = self.a.post("/events", body)
                self.assertEqual(answer.status, 400)
                self.assertEqual(answer.headers["x-amzn-ErrorType"], "BadRequestException")
                self.assertIn("Could not parse request body into json", answer.json()["message"])

    def test_more_than_ten_megabytes_are_refused(self):
        message = f"HTTP content length exceeded {BODY_BYTES_MAX} bytes"
        host = urllib.parse.urlsplit(self.a.url).netloc
        # Announced, and refused before it is sent.
        connection = http.client.HTTPConnection(host)
        connection.putrequest("POST", "/prod/events")
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", str(BODY_BYTES_MAX + 1))
        connection.endheaders()
        answer = connection.getresponse()
        self.assert_message(
            Answer(answer.status, answer.headers, answer.read()), 413, message, "RequestTooLargeException"
        )
        connection.close()
        # One byte less is read whole, and is then too much for Firehose.
        text = b'"' + b"x" * (BODY_BYTES_MAX - 2) + b'"'
        answer = self.a.post("/events", text)
        self.assertEqual(answer.status, 400)
        self.assertIn("less than or equal to 1024000", answer.json()["message"])

    def test_a_preflight_is_answered_by_the_mock(self):
        answer = send(
            self.a.url + "/events", method="OPTIONS", content_type=None, Origin="https://note.example",
            Access_Control_Request_Method="POST", Access_Control_Request_Headers="content-type",
        )
        self.assertEqual((answer.status, answer.body), (204, b""))
        self.assertEqual(answer.headers["Access-Control-Allow-Origin"], "*")
        self.assertEqual(answer.headers["Access-Control-Allow-Headers"], "Content-Type")
        self.assertEqual(answer.headers["Access-Control-Allow-Methods"], "POST")


class Throttles(ApiCase):
    def test_refused_rows_are_a_503_with_retry_after(self):
        api = self.api("--quota", "tokyo-2020")
        events = [f"{n:04}" + "x" * 10_000 for n in range(150)]
        answer = api.post("/events/batch", {"events": events})
        self.assertEqual(answer.status, 503)
        self.assertEqual(answer.headers["Retry-After"], "1")
        told = answer.json()
        self.assertEqual(told["accepted"] + told["failed"], 150)
        self.assertGreater(told["accepted"], 0)
        self.assertGreater(told["failed"], 0)
        # Nothing is left of the second's bytes for one large event.
        refused = api.post("/events", "x" * 1_000_000)
        self.assertEqual((refused.status, refused.headers["Retry-After"]), (503, "1"))
        self.assertEqual(refused.json()["message"], "Slow down.")
        self.assertEqual(len(api.delivered().splitlines()), told["accepted"])
        self.assertEqual(api.figures()["5xx_errors"], 2)

    def test_each_bucket_throttles_by_itself(self):
        stage = """name: prod
  throttlingRateLimit: 1
  throttlingBurstLimit: 20
  methodSettings: { /events/POST: { throttlingRateLimit: 1, throttlingBurstLimit: 5 } }"""

        def sent_before_a_429(api, path):
            started, count = time.monotonic(), 0
            while (answer := api.post(path, {"events": [1]})).status == 200:
                count += 1
            self.assert_message(answer, 429, "Too Many Requests", "TooManyRequestsException")
            # The document adds it to the gateway's own response.
            self.assertEqual(answer.headers["Retry-After"], "1")
            # A second gives one token more.
            return count, int(time.monotonic() - started) + 1

        def check(count, more, burst):
            self.assertGreaterEqual(count, burst)
            self.assertLessEqual(count, burst + more)

        edits = [("name: prod", stage)]
        api = self.api("--quota", "unlimited", edits=edits)
        of_method, more = sent_before_a_429(api, "/events")
        check(of_method, more, 5)
        of_stage, again = sent_before_a_429(api, "/events/batch")
        check(of_method + of_stage, more + again, 20)
        self.assertEqual(api.figures()["throttled"], 2)
        tight = self.api("--quota", "unlimited", "--api-rate", "1", "--api-burst", "10", edits=edits)
        of_method, more = sent_before_a_429(tight, "/events")
        check(of_method, more, 5)
        of_account, again = sent_before_a_429(tight, "/events/batch")
        check(of_method + of_account, more + again, 10)


class Outages(ApiCase):
    def setUp(self):
        self.a = self.api("--quota", "unlimited", edits=[("timeoutInMillis: 10000", "timeoutInMillis: 400")])

    def test_an_integration_that_takes_too_long_is_a_504(self):
        self.a.simulator.fault("--service", "firehose", "--operation", "PutRecord", "--latency", "1500ms")
        started = time.monotonic()
        answer = self.a.post("/events", {"late": True})
        took = time.monotonic() - started
        self.assert_message(answer, 504, "Endpoint request timed out", "InternalServerErrorException")
        self.assertGreaterEqual(took, 0.4)
        self.assertLess(took, 1.4)
        # The sender was told no, and the event arrives all the same.
        deadline = time.monotonic() + 20
        while self.a.figures()["count"] == 0 and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(self.a.delivered(), b'{"late":true}')
        self.assertEqual(self.a.figures()["5xx_errors"], 1)

    def test_a_fault_of_firehose_reaches_its_mapping(self):
        self.a.simulator.fault("--service", "firehose", "--error", "ServiceUnavailableException")
        answer = self.a.post("/events", {})
        self.assertEqual((answer.status, answer.headers["Retry-After"]), (503, "1"))
        self.assertIn("message", answer.json())

    def test_a_brown_out_of_the_gateway_is_half_an_outage(self):
        fault = self.a.simulator.fault(
            "--service", "apigateway", "--error", "ServiceUnavailable", "--rate", "0.5"
        )
        statuses = [self.a.post("/events/batch", {"events": [n]}).status for n in range(200)]
        self.assertEqual(set(statuses), {200, 503})
        # Half of 200, within four standard deviations.
        self.assertLess(abs(statuses.count(503) - 100), 29)
        accepted = [str(n).encode() for n, status in enumerate(statuses) if status == 200]
        self.assertEqual(self.a.delivered().splitlines(), accepted)
        self.assertEqual(self.a.figures()["5xx_errors"], statuses.count(503))
        self.assertEqual(self.a.simulator.command("fault", "clear", str(fault)).returncode, 0)
        self.assertEqual(self.a.post("/events", {}).status, 200)


class Watched(ApiCase):
    def test_cloudwatch_counts_what_senders_met(self):
        api = self.api("--quota", "unlimited", "--clock-speed", "60")
        for n in range(6):
            self.assertEqual(api.post("/events", {"n": n}).status, 200)
        for _ in range(2):
            self.assertEqual(api.post("/none", {}).status, 403)
        api.simulator.fault("--service", "firehose", "--error", "ServiceUnavailableException", "--latency", "30ms")
        self.assertEqual(api.post("/events", {}).status, 503)
        cloudwatch = api.simulator.client("cloudwatch")
        dimensions = [{"Name": "ApiName", "Value": "note-2020"}, {"Name": "Stage", "Value": "prod"}]
        listed = cloudwatch.list_metrics(Namespace="AWS/ApiGateway", Dimensions=dimensions)["Metrics"]
        names = ["4XXError", "5XXError", "Count", "IntegrationLatency", "Latency"]
        self.assertEqual(sorted(metric["MetricName"] for metric in listed), names)

        now = datetime.datetime.fromtimestamp(api.simulator.status()["now_ms"] / 1000, datetime.timezone.utc)

        def points(name):
            return cloudwatch.get_metric_statistics(
                Namespace="AWS/ApiGateway", MetricName=name, Dimensions=dimensions, Period=3600,
                StartTime=now - datetime.timedelta(minutes=30), EndTime=now + datetime.timedelta(hours=4),
                Statistics=["Sum", "Average", "SampleCount"],
            )["Datapoints"]

        self.assertEqual(sum(point["Sum"] for point in points("Count")), 9)
        self.assertEqual({point["Unit"] for point in points("Count")}, {"Count"})
        self.assertEqual(sum(point["Sum"] for point in points("4XXError")), 2)
        self.assertEqual(sum(point["Sum"] for point in points("5XXError")), 1)
        # The average of an error's metric is its rate, and a latency has a sample a request.
        (errors,) = points("5XXError")
        self.assertAlmostEqual(errors["Average"], 1 / 9)
        (latency,) = points("Latency")
        (behind,) = points("IntegrationLatency")
        self.assertEqual((latency["SampleCount"], behind["SampleCount"]), (9, 7))
        self.assertEqual(latency["Unit"], "Milliseconds")
        self.assertGreaterEqual(latency["Sum"], behind["Sum"])


if __name__ == "__main__":
    unittest.main()
