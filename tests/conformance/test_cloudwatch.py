"""CloudWatch as unmodified boto3, both aws CLIs, Prometheus and a webhook meet it."""

import datetime
import gzip
import http.server
import json
import os
import pathlib
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.request

import boto3
import botocore
import botocore.session
from botocore.exceptions import ClientError
from prometheus_client.parser import text_string_to_metric_families
from simulator import REGION, Simulator

ROLE = "arn:aws:iam::000000000000:role/firehose"
DESTINATION = {
    "RoleARN": ROLE,
    "BucketARN": "arn:aws:s3:::lake",
    "BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 900},
}
VENV = pathlib.Path(__file__).parents[2] / "build/venv/bin"
AWS = {"aws-cli 1": [str(VENV / "aws")], "aws-cli 2": ["/usr/bin/python3", "/usr/bin/aws"]}


class Receiver(http.server.ThreadingHTTPServer):
    """A webhook's other end. Refuses the first post, as a busy one does."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Receiver.Handler)
        self.bodies = []
        self.refused = 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.server.refused == 0:
                self.server.refused += 1
                self.send_response(500)
            else:
                self.server.bodies.append(json.loads(body))
                self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/services/T0"

    def close(self):
        self.shutdown()
        self.server_close()


def dimension(stream):
    return [{"Name": "DeliveryStreamName", "Value": stream}]


def alarm(name, stream, **more):
    return {
        "AlarmName": name,
        "Namespace": "AWS/Firehose",
        "MetricName": "ThrottledRecords",
        "Dimensions": dimension(stream),
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        **more,
    }


class Watched(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.receiver = Receiver()
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump({"webhook": cls.receiver.url, "alarms": [alarm("from-the-file", "filed")]}, file)
            file.flush()
            # A minute of the simulator's passes in a second.
            cls.simulator = Simulator(
                "--clock-speed", "60", "--quota", "tokyo-2020", "--alarms", file.name,
                "--function", "shape=shaper:lake", "--bucket", "lake",
            )
        cls.cloudwatch = cls.simulator.client("cloudwatch")

    @classmethod
    def tearDownClass(cls):
        cls.simulator.close()
        cls.receiver.close()

    def now(self):
        return datetime.datetime.fromtimestamp(self.simulator.status()["now_ms"] / 1000, datetime.timezone.utc)

    def window(self):
        now = self.now()
        return {
            "StartTime": now - datetime.timedelta(hours=1),
            "EndTime": now + datetime.timedelta(hours=20),
        }

    def data(self, *queries, **more):
        answer = self.cloudwatch.get_metric_data(MetricDataQueries=list(queries), **self.window(), **more)
        return {result["Id"]: result for result in answer["MetricDataResults"]}

    def stream_query(self, id, name, stream, stat="Sum"):
        metric = {"Namespace": "AWS/Firehose", "MetricName": name, "Dimensions": dimension(stream)}
        return {"Id": id, "MetricStat": {"Metric": metric, "Period": 60, "Stat": stat}}

    def throttle(self, stream):
        """More bytes at once than a second's quota holds: (accepted, refused) records."""
        firehose = self.simulator.client("firehose")
        firehose.create_delivery_stream(DeliveryStreamName=stream, ExtendedS3DestinationConfiguration=DESTINATION)
        answer = firehose.put_record_batch(
            DeliveryStreamName=stream, Records=[{"Data": b"x" * 10_240} for _ in range(300)]
        )
        refused = answer["FailedPutCount"]
        self.assertGreater(refused, 0)
        self.assertLess(refused, 300)
        return 300 - refused, refused

    def wait_for(self, holds, seconds=30):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = holds()
            if found:
                return found
            time.sleep(0.1)
        self.fail(f"not within {seconds} s")

    def test_what_firehose_took_and_refused_is_in_its_metrics(self):
        accepted, refused = self.throttle("seen")
        results = self.data(
            self.stream_query("incoming", "IncomingRecords", "seen"),
            self.stream_query("throttled", "ThrottledRecords", "seen"),
            self.stream_query("bytes", "IncomingBytes", "seen"),
            self.stream_query("limit", "BytesPerSecondLimit", "seen", "Average"),
            {"Id": "share", "Expression": "throttled / (incoming + throttled) * 100", "Label": "Refused"},
        )
        self.assertEqual(sum(results["incoming"]["Values"]), accepted)
        self.assertEqual(sum(results["throttled"]["Values"]), refused)
        self.assertEqual(sum(results["bytes"]["Values"]), accepted * 10_240)
        self.assertEqual(set(results["limit"]["Values"]), {1_048_576.0})
        self.assertEqual(results["share"]["Label"], "Refused")
        self.assertAlmostEqual(max(results["share"]["Values"]), refused / 3)
        statistics = self.cloudwatch.get_metric_statistics(
            Namespace="AWS/Firehose",
            MetricName="ThrottledRecords",
            Dimensions=dimension("seen"),
            Period=60,
            Statistics=["Sum", "Maximum"],
            **self.window(),
        )
        self.assertEqual(statistics["Label"], "ThrottledRecords")
        self.assertEqual(sum(point["Sum"] for point in statistics["Datapoints"]), refused)
        self.assertEqual({point["Unit"] for point in statistics["Datapoints"]}, {"Count"})

    def test_a_minute_without_traffic_is_a_zero_and_minutes_add_up(self):
        accepted, _ = self.throttle("quiet")

        def values():
            return self.data(self.stream_query("m", "IncomingRecords", "quiet"), ScanBy="TimestampAscending")["m"]

        # The stream may be a minute older than its records, and those may lie on both sides of a minute's end.
        def until_quiet():
            result = values()
            return result["Values"][-2:] == [0.0, 0.0] and sum(result["Values"]) > 0 and result

        result = self.wait_for(until_quiet)
        self.assertEqual(sum(result["Values"]), accepted)
        self.assertLessEqual(sum(value > 0 for value in result["Values"]), 2)
        self.assertTrue(all(moment.second == 0 for moment in result["Timestamps"]))

    def test_deliveries_are_metrics_too(self):
        accepted, _ = self.throttle("delivered")
        self.simulator.flush()
        results = self.data(
            self.stream_query("records", "DeliveryToS3.Records", "delivered"),
            self.stream_query("objects", "DeliveryToS3.ObjectCount", "delivered"),
            self.stream_query("success", "DeliveryToS3.Success", "delivered", "Average"),
        )
        self.assertEqual(results["records"]["Values"], [accepted])
        self.assertEqual(results["objects"]["Values"], [1])
        self.assertEqual(results["success"]["Values"], [1])

    def test_functions_and_queues_are_watched_too(self):
        self.simulator.client("lambda").invoke(FunctionName="shape", Payload=b"{}")
        sqs = self.simulator.client("sqs")
        url = sqs.create_queue(QueueName="watched")["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="x")

        def query(id, space, name, dimension, value):
            metric = {"Namespace": space, "MetricName": name, "Dimensions": [{"Name": dimension, "Value": value}]}
            return {"Id": id, "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}}

        results = self.data(
            query("invocations", "AWS/Lambda", "Invocations", "FunctionName", "shape"),
            query("throttles", "AWS/Lambda", "Throttles", "FunctionName", "shape"),
            query("sent", "AWS/SQS", "NumberOfMessagesSent", "QueueName", "watched"),
            query("visible", "AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", "watched"),
        )
        self.assertEqual(sum(results["invocations"]["Values"]), 1)
        self.assertEqual(set(results["throttles"]["Values"]), {0})
        self.assertEqual(sum(results["sent"]["Values"]), 1)
        self.assertEqual(results["visible"]["Values"][0], 1)

    def test_metrics_are_listed_by_what_they_are(self):
        self.throttle("listed")
        pages = self.cloudwatch.get_paginator("list_metrics").paginate(
            Namespace="AWS/Firehose", Dimensions=dimension("listed")
        )
        names = {metric["MetricName"] for page in pages for metric in page["Metrics"]}
        self.assertGreaterEqual(
            names, {"IncomingRecords", "IncomingBytes", "IncomingPutRequests", "ThrottledRecords",
                    "BytesPerSecondLimit", "RecordsPerSecondLimit", "PutRequestsPerSecondLimit",
                    "PutRecordBatch.Records"}
        )
        self.assertEqual(self.cloudwatch.list_metrics(Namespace="AWS/None")["Metrics"], [])

    def test_an_alarm_goes_off_tells_the_webhook_and_comes_back(self):
        self.throttle("filed")
        self.cloudwatch.put_metric_alarm(**alarm("from-the-api", "filed", Threshold=1_000_000))

        def told(words):
            return lambda: [body["text"] for body in self.receiver.bodies if all(w in body["text"] for w in words)]

        (text,) = self.wait_for(told(["*from-the-file*", "-&gt; ALARM"]))
        self.assertIn("ThrottledRecords Sum {DeliveryStreamName=filed} = ", text)
        self.assertRegex(text, r"1 out of the last 1 datapoints \[\d+\.0\] was greater than the threshold \(0\.0\)")
        # The first try was refused.
        self.assertEqual(self.receiver.refused, 1)
        self.wait_for(told(["*from-the-file*", "ALARM -&gt; OK"]))
        (described,) = self.cloudwatch.describe_alarms(AlarmNames=["from-the-file"])["MetricAlarms"]
        self.assertEqual(described["StateValue"], "OK")
        listed = {entry["name"]: entry for entry in self.simulator.status()["alarms"]}
        self.assertEqual(listed["from-the-file"]["state"], "OK")
        self.assertEqual(listed["from-the-api"]["state"], "OK")

    def test_a_state_that_was_set_is_told_and_lasts_until_the_next_minute(self):
        self.cloudwatch.put_metric_alarm(**alarm("tried", "nobody"))
        self.cloudwatch.set_alarm_state(AlarmName="tried", StateValue="ALARM", StateReason="a try")
        self.wait_for(lambda: any("a try" in body["text"] for body in self.receiver.bodies))

        def state():
            (described,) = self.cloudwatch.describe_alarms(AlarmNames=["tried"])["MetricAlarms"]
            return described["StateValue"]

        self.wait_for(lambda: state() == "OK")
        self.cloudwatch.delete_alarms(AlarmNames=["tried"])
        self.assertEqual(self.cloudwatch.describe_alarms(AlarmNames=["tried"])["MetricAlarms"], [])
        with self.assertRaises(self.cloudwatch.exceptions.ResourceNotFound):
            self.cloudwatch.delete_alarms(AlarmNames=["tried"])

    def test_own_metrics_have_percentiles_and_large_requests_come_packed(self):
        datum = {"MetricName": "latency", "Unit": "Milliseconds", "Dimensions": [{"Name": "op", "Value": "x"}]}
        values = [float(value) for value in range(1, 151)]
        # Above 10 KiB botocore sends the body as gzip.
        self.cloudwatch.put_metric_data(
            Namespace="Own", MetricData=[{**datum, "Values": values, "Counts": [1.0] * 150} for _ in range(20)]
        )
        answer = self.cloudwatch.get_metric_statistics(
            Namespace="Own", MetricName="latency", Dimensions=datum["Dimensions"], Period=60,
            Statistics=["SampleCount", "Average", "Minimum", "Maximum"], ExtendedStatistics=["p50", "p99"],
            **self.window(),
        )
        (point,) = answer["Datapoints"]
        self.assertEqual((point["SampleCount"], point["Average"]), (3_000, 75.5))
        self.assertEqual((point["Minimum"], point["Maximum"]), (1, 150))
        self.assertAlmostEqual(point["ExtendedStatistics"]["p50"], 75, delta=0.75)
        self.assertAlmostEqual(point["ExtendedStatistics"]["p99"], 149, delta=1.5)

    def test_errors_have_their_classes_and_codes(self):
        with self.assertRaises(self.cloudwatch.exceptions.InvalidParameterValueException):
            self.cloudwatch.put_metric_data(
                Namespace="Own", MetricData=[{"MetricName": "m", "Value": 1, "StorageResolution": 1}]
            )
        with self.assertRaises(self.cloudwatch.exceptions.InvalidParameterCombinationException) as refused:
            self.cloudwatch.get_metric_statistics(
                Namespace="Own", MetricName="m", Period=60, Statistics=["Sum"],
                StartTime=self.now() - datetime.timedelta(days=2), EndTime=self.now(),
            )
        self.assertIn("exceeds the limit of 1,440", str(refused.exception))
        with self.assertRaises(ClientError) as refused:
            self.data({"Id": "e", "Expression": "ANOMALY_DETECTION_BAND(m1)"})
        self.assertEqual(refused.exception.response["Error"]["Code"], "ValidationError")
        with self.assertRaises(ClientError) as refused:
            self.cloudwatch.list_dashboards()
        self.assertIn("ListDashboards", str(refused.exception))

    def test_prometheus_reads_the_counters(self):
        accepted, refused = self.throttle("scraped")
        with urllib.request.urlopen(self.simulator.endpoint + "/metrics") as answer:
            self.assertIn("text/plain; version=0.0.4", answer.headers["content-type"])
            families = {family.name: family for family in text_string_to_metric_families(answer.read().decode())}

        def value(family):
            return [
                sample.value
                for sample in families[family].samples
                if sample.labels.get("delivery_stream_name") == "scraped"
            ]

        self.assertEqual(value("edgehose_firehose_incoming_records"), [accepted])
        self.assertEqual(value("edgehose_firehose_throttled_records"), [refused])
        self.assertEqual(families["edgehose_firehose_incoming_records"].type, "counter")
        self.assertEqual(value("edgehose_firehose_bytes_per_second_limit"), [1_048_576])
        self.assertIn("edgehose_s3_put_requests", families)

    def test_the_cbor_protocol_of_newer_sdks_is_served(self):
        # botocore prefers JSON; of a model that names only CBOR it speaks that.
        source = pathlib.Path(botocore.__file__).parent / "data/cloudwatch/2010-08-01"
        with tempfile.TemporaryDirectory() as folder:
            target = pathlib.Path(folder) / "cloudwatch/2010-08-01"
            target.mkdir(parents=True)
            for file in source.iterdir():
                (target / file.name).write_bytes(file.read_bytes())
            model = json.loads(gzip.decompress((source / "service-2.json.gz").read_bytes()))
            model["metadata"]["protocols"] = ["smithy-rpc-v2-cbor"]
            model["metadata"]["protocol"] = "smithy-rpc-v2-cbor"
            (target / "service-2.json.gz").write_bytes(gzip.compress(json.dumps(model).encode()))
            session = botocore.session.get_session()
            session.get_component("data_loader").search_paths.insert(0, folder)
            client = boto3.Session(botocore_session=session).client(
                "cloudwatch", endpoint_url=self.simulator.endpoint, region_name=REGION,
                aws_access_key_id="x", aws_secret_access_key="x",
            )
            sent = []
            client.meta.events.register("before-send.cloudwatch", lambda request, **_: sent.append(request))
            moment = self.now()
            client.put_metric_data(
                Namespace="Cbor", MetricData=[{"MetricName": "m", "Value": 2.5, "Timestamp": moment}]
            )
            answer = client.get_metric_statistics(
                Namespace="Cbor", MetricName="m", Period=60, Statistics=["Sum"], **self.window()
            )
            (point,) = answer["Datapoints"]
            self.assertEqual(point["Sum"], 2.5)
            self.assertEqual(point["Timestamp"], moment.replace(second=0, microsecond=0))
            client.put_metric_alarm(**alarm("cbor", "nobody"))
            (described,) = client.describe_alarms(AlarmNames=["cbor"])["MetricAlarms"]
            self.assertLess(abs((described["StateUpdatedTimestamp"] - moment).total_seconds()), 600)
            with self.assertRaises(client.exceptions.InvalidParameterValueException):
                client.put_metric_data(Namespace=":", MetricData=[{"MetricName": "m", "Value": 1}])
            with self.assertRaises(client.exceptions.ResourceNotFound):
                client.delete_alarms(AlarmNames=["nobody"])
            self.assertTrue(all(r.headers["smithy-protocol"] in ("rpc-v2-cbor", b"rpc-v2-cbor") for r in sent))
            self.assertTrue(sent)


class CommandLines(Watched):
    """The same simulator through aws-cli 1 (JSON) and Debian's aws-cli 2 (query)."""

    def aws(self, program, *arguments, fails=False):
        environment = {
            **os.environ, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x",
            "AWS_DEFAULT_REGION": REGION, "AWS_MAX_ATTEMPTS": "1", "AWS_PAGER": "",
        }
        done = subprocess.run(
            [*AWS[program], "--endpoint-url", self.simulator.endpoint, "--output", "json", "cloudwatch", *arguments],
            env=environment, capture_output=True, text=True, timeout=120,
        )
        self.assertEqual(done.returncode != 0, fails, done.stderr)
        return done.stderr if fails else json.loads(done.stdout or "null")

    def test_each_command_line_puts_reads_lists_and_alarms(self):
        for program in AWS:
            with self.subTest(program):
                space = program.replace(" ", "-")
                window = {key: value.strftime("%Y-%m-%dT%H:%M:%SZ") for key, value in self.window().items()}
                times = ["--start-time", window["StartTime"], "--end-time", window["EndTime"]]
                for value in ("3", "4.5"):
                    self.aws(program, "put-metric-data", "--namespace", space, "--metric-name", "m",
                             "--dimensions", "a=b", "--unit", "Count", "--value", value)
                named = ["--namespace", space, "--metric-name", "m"]
                listed = self.aws(program, "list-metrics", "--namespace", space)
                self.assertEqual(
                    listed["Metrics"],
                    [{"Namespace": space, "MetricName": "m", "Dimensions": [{"Name": "a", "Value": "b"}]}],
                )
                read = self.aws(program, "get-metric-statistics", *named, "--dimensions", "Name=a,Value=b",
                                "--period", "3600", "--statistics", "Sum", "SampleCount",
                                "--extended-statistics", "p100", *times)
                self.assertEqual(sum(point["Sum"] for point in read["Datapoints"]), 7.5)
                self.assertEqual(max(p["ExtendedStatistics"]["p100"] for p in read["Datapoints"]), 4.5)
                metric = {"Namespace": space, "MetricName": "m", "Dimensions": [{"Name": "a", "Value": "b"}]}
                queries = [
                    {"Id": "m1", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}, "ReturnData": False},
                    {"Id": "e1", "Expression": "m1 * 2"},
                ]
                data = self.aws(program, "get-metric-data", "--metric-data-queries", json.dumps(queries), *times)
                (result,) = data["MetricDataResults"]
                self.assertEqual((result["Id"], sum(result["Values"])), ("e1", 15))
                self.aws(program, "put-metric-alarm", "--alarm-name", space, *named, "--statistic", "Sum",
                         "--dimensions", "Name=a,Value=b", "--period", "60", "--evaluation-periods", "1",
                         "--threshold", "1", "--comparison-operator", "GreaterThanThreshold",
                         "--alarm-actions", "arn:aws:sns:ap-northeast-1:000000000000:t")
                (described,) = self.aws(program, "describe-alarms", "--alarm-names", space)["MetricAlarms"]
                self.assertEqual((described["Threshold"], described["ActionsEnabled"]), (1, True))
                self.assertEqual(len(described["AlarmActions"]), 1)
                self.aws(program, "set-alarm-state", "--alarm-name", space, "--state-value", "OK",
                         "--state-reason", "tried & found")
                self.aws(program, "delete-alarms", "--alarm-names", space)
                said = self.aws(program, "delete-alarms", "--alarm-names", space, fails=True)
                self.assertIn("ResourceNotFound", said)
                said = self.aws(program, "put-metric-data", "--namespace", ":", "--metric-name", "m",
                                "--value", "1", fails=True)
                self.assertIn("InvalidParameterValue", said)


for inherited in [name for name in vars(Watched) if name.startswith("test_")]:
    setattr(CommandLines, inherited, None)


class Signed(unittest.TestCase):
    def test_a_wrong_secret_is_refused_in_each_protocol(self):
        simulator = Simulator("--access-key-id", "AKID", "--secret-access-key", "right")
        try:
            for secret, holds in (("right", True), ("wrong", False)):
                keys = {"aws_access_key_id": "AKID", "aws_secret_access_key": secret}
                client = boto3.client("cloudwatch", endpoint_url=simulator.endpoint, region_name=REGION, **keys)
                environment = {**os.environ, "AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": secret,
                               "AWS_DEFAULT_REGION": REGION, "AWS_PAGER": "", "AWS_MAX_ATTEMPTS": "1"}
                done = subprocess.run(
                    [*AWS["aws-cli 2"], "--endpoint-url", simulator.endpoint, "cloudwatch", "list-metrics"],
                    env=environment, capture_output=True, text=True, timeout=120,
                )
                if holds:
                    client.list_metrics()
                    self.assertEqual(done.returncode, 0, done.stderr)
                    continue
                with self.assertRaises(ClientError) as refused:
                    client.list_metrics()
                self.assertEqual(refused.exception.response["ResponseMetadata"]["HTTPStatusCode"], 403)
                self.assertIn("InvalidSignatureException", done.stderr)
        finally:
            simulator.close()


if __name__ == "__main__":
    unittest.main()
