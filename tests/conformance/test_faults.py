"""Faults on purpose, as unmodified boto3 meets them, and an outage of S3 after which the audit balances."""

import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.request
import uuid

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

EDGEHOSE = os.environ["EDGEHOSE_BIN"]
DESTINATION = {
    "RoleARN": "arn:aws:iam::000000000000:role/firehose",
    "BucketARN": "arn:aws:s3:::lake",
    "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 60},
}


def event(event_id):
    """A line as the collector delivers it."""
    return {"event_id": str(event_id), "content_type": "page_view", "event_time": "2026-11-22T13:00:00.000Z"}


def ledger_line(sent):
    """What a sender writes down of an acknowledged event: the digest is over what the sender decides."""
    digested = {name: sent[name] for name in ("content_type", "event_time")}
    text = json.dumps(digested, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    entry = {**sent, "attempts": 1, "outcome": "acknowledged", "status": 200, "digest": digest}
    return json.dumps(entry) + "\n"


class Simulator:
    """`edgehose up --control` in a folder of its own."""

    def __init__(self, *flags):
        self.data = tempfile.mkdtemp(prefix="edgehose-faults-")
        common = ["--data", self.data, "--port", "0", "--no-fsync", "--seed", "7", "--creating-seconds", "0"]
        command = [EDGEHOSE, "up", *common, *flags]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.endpoint = json.loads(self.process.stdout.readline())["endpoint"]

    def client(self, service, attempts=1):
        # The legacy mode is botocore's default: its table of what is sent again is the one in the facts.
        retries = {"mode": "legacy", "total_max_attempts": attempts}
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name="ap-northeast-1",
            aws_access_key_id="x",
            aws_secret_access_key="x",
            config=Config(retries=retries, s3={"addressing_style": "path"}),
        )

    def create(self, name, **more):
        destination = {**DESTINATION, "Prefix": name + "/", **more}
        self.client("firehose").create_delivery_stream(
            DeliveryStreamName=name, ExtendedS3DestinationConfiguration=destination
        )

    def command(self, *words):
        return subprocess.run(
            [EDGEHOSE, *words, "--endpoint", self.endpoint], capture_output=True, text=True, check=False
        )

    def fault(self, *words):
        done = self.command("fault", "add", "--json", *words)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["id"]

    def status(self):
        with urllib.request.urlopen(f"{self.endpoint}/_edgehose/status") as answer:
            return json.load(answer)

    def hits(self, fault):
        return next(f["hits"] for f in self.status()["faults"] if f["id"] == fault)

    def flush(self):
        request = urllib.request.Request(f"{self.endpoint}/_edgehose/flush", method="POST")
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)["delivered_objects"]

    def lines(self, prefix):
        s3 = self.client("s3")
        found = s3.list_objects_v2(Bucket="lake", Prefix=prefix).get("Contents", [])
        bodies = [s3.get_object(Bucket="lake", Key=o["Key"])["Body"].read() for o in found]
        return [line for body in bodies for line in body.decode().splitlines()]

    def stop(self):
        self.process.terminate()
        status = self.process.wait(timeout=60)
        self.process.stdout.close()
        shutil.rmtree(self.data)
        assert status == 0, f"edgehose up ended with {status}"


class Faults(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.simulator = Simulator("--control", "--quota", "unlimited")

    @classmethod
    def tearDownClass(cls):
        cls.simulator.stop()

    def tearDown(self):
        self.assertEqual(self.simulator.command("fault", "clear").returncode, 0)

    def test_boto3_sends_again_what_firehose_could_not_take(self):
        simulator = self.simulator
        simulator.create("again")
        fault = simulator.fault("--service", "firehose", "--stream", "again",
                                "--error", "ServiceUnavailableException")
        firehose = simulator.client("firehose", attempts=3)
        with self.assertRaises(firehose.exceptions.ServiceUnavailableException) as refused:
            firehose.put_record(DeliveryStreamName="again", Record={"Data": b"1\n"})
        metadata = refused.exception.response["ResponseMetadata"]
        self.assertEqual((metadata["HTTPStatusCode"], metadata["RetryAttempts"]), (500, 2))
        self.assertEqual(simulator.hits(fault), 3)
        # An outage that ends between two attempts is not seen by the caller.
        clears = threading.Timer(0.2, lambda: simulator.command("fault", "clear"))
        clears.start()
        answer = simulator.client("firehose", attempts=10).put_record(
            DeliveryStreamName="again", Record={"Data": b"2\n"}
        )
        clears.join()
        self.assertGreater(answer["ResponseMetadata"]["RetryAttempts"], 0)
        self.assertEqual(simulator.flush(), 1)
        self.assertEqual(simulator.lines("again/"), ["2"])

    def test_an_error_that_no_client_sends_again_is_not(self):
        simulator = self.simulator
        fault = simulator.fault("--service", "s3", "--operation", "GetObject", "--error", "AccessDenied")
        with self.assertRaises(ClientError) as refused:
            simulator.client("s3", attempts=5).get_object(Bucket="lake", Key="x")
        self.assertEqual(refused.exception.response["Error"]["Code"], "AccessDenied")
        self.assertEqual(simulator.hits(fault), 1)

    def test_a_partial_failure_is_told_row_by_row_and_sent_again_by_nobody(self):
        simulator = self.simulator
        simulator.create("partial")
        fault = simulator.fault("--service", "firehose", "--operation", "PutRecordBatch", "--partial", "0.5")
        rows = [{"Data": f"{i}\n".encode()} for i in range(100)]
        firehose = simulator.client("firehose", attempts=5)
        answer = firehose.put_record_batch(DeliveryStreamName="partial", Records=rows)
        failed = [i for i, row in enumerate(answer["RequestResponses"]) if "ErrorCode" in row]
        self.assertEqual(answer["FailedPutCount"], len(failed))
        self.assertTrue(20 < len(failed) < 80, failed)
        self.assertEqual(
            {row.get("ErrorMessage") for row in answer["RequestResponses"]}, {None, "Slow down."}
        )
        self.assertEqual(simulator.hits(fault), 1)
        simulator.flush()
        kept = [str(i) for i in range(100) if i not in failed]
        self.assertEqual(simulator.lines("partial/"), kept)

    def test_s3_that_is_slow_or_says_slow_down_is_asked_again(self):
        simulator = self.simulator
        fault = simulator.fault("--service", "s3", "--operation", "PutObject", "--error", "SlowDown")
        with self.assertRaises(ClientError) as refused:
            simulator.client("s3", attempts=3).put_object(Bucket="lake", Key="slow", Body=b"x")
        response = refused.exception.response
        self.assertEqual(response["Error"]["Code"], "SlowDown")
        self.assertEqual(response["ResponseMetadata"]["HTTPStatusCode"], 503)
        self.assertEqual(simulator.hits(fault), 3)
        self.assertEqual(simulator.command("fault", "clear", str(fault)).returncode, 0)
        late = simulator.fault("--service", "s3", "--operation", "HeadBucket", "--latency", "300ms")
        started = time.monotonic()
        simulator.client("s3").head_bucket(Bucket="lake")
        self.assertGreaterEqual(time.monotonic() - started, 0.3)
        self.assertEqual(simulator.hits(late), 1)

    def test_an_effect_whose_answer_is_lost_arrives_twice(self):
        simulator = self.simulator
        simulator.create("twice")
        simulator.fault("--service", "firehose", "--operation", "PutRecord", "--duplicate")
        with self.assertRaises(ClientError):
            simulator.client("firehose", attempts=2).put_record(
                DeliveryStreamName="twice", Record={"Data": b"1\n"}
            )
        simulator.flush()
        self.assertEqual(simulator.lines("twice/"), ["1", "1"])

    def test_the_commands_say_what_is_wrong(self):
        wrong = self.simulator.command("fault", "add", "--service", "s3", "--operation", "PutRecord",
                                       "--error", "SlowDown")
        self.assertEqual(wrong.returncode, 1)
        self.assertIn("operation is no operation of s3", wrong.stderr)
        self.assertIn("PutObject", wrong.stderr)


class Quotas(unittest.TestCase):
    def test_a_raised_quota_takes_more_and_is_written_down(self):
        simulator = Simulator("--control", "--quota", "tokyo-2026")
        self.addCleanup(simulator.stop)
        simulator.create("raised")
        three_mib = [{"Data": b"x" * 629_145}] * 5

        def failed():
            time.sleep(1.5)
            answer = simulator.client("firehose").put_record_batch(
                DeliveryStreamName="raised", Records=three_mib
            )
            return answer["FailedPutCount"]

        self.assertGreater(failed(), 0)
        raised = simulator.command("quota", "raise", "--stream", "raised", "--factor", "4")
        self.assertIn("4,194,304 bytes/s (4.0 x the profile)", raised.stdout)
        self.assertEqual(failed(), 0)
        self.assertEqual(simulator.status()["streams"][0]["limits"]["requests_s"], 4000)
        kept = pathlib.Path(simulator.data, "firehose", "raised", "quota").read_text()
        self.assertEqual(kept, "4194304\n")

    def test_off_unless_asked_for(self):
        simulator = Simulator()
        self.addCleanup(simulator.stop)
        refused = simulator.command("quota", "raise", "--stream", "all", "--factor", "2")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("edgehose up --control", refused.stderr)


class Outage(unittest.TestCase):
    """S3 is away for ten minutes of simulated time, with load: nothing is lost, and the audit says so."""

    def test_the_audit_balances_after_an_outage_of_ten_minutes(self):
        simulator = Simulator("--control", "--quota", "unlimited", "--clock-speed", "60")
        self.addCleanup(simulator.stop)
        lake = "content_type=page_view/"
        hours = "year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/hour=!{timestamp:HH}/"
        simulator.create("pages", Prefix=lake + hours, ErrorOutputPrefix="errors/")
        fault = simulator.fault("--service", "delivery", "--error", "SlowDown", "--for", "10m")
        ended = simulator.status()["now_ms"] + 600_000
        firehose = simulator.client("firehose", attempts=5)
        sent = []
        # Ten real seconds, and some after the outage.
        while simulator.status()["now_ms"] < ended + 60_000:
            events = [event(uuid.uuid4()) for _ in range(50)]
            rows = [{"Data": json.dumps(e).encode() + b"\n"} for e in events]
            answer = firehose.put_record_batch(DeliveryStreamName="pages", Records=rows)
            self.assertEqual(answer["FailedPutCount"], 0)
            sent += events
            time.sleep(0.05)
        simulator.flush()
        status = simulator.status()
        stream = status["streams"][0]
        self.assertGreater(stream["delivery_failures"], 0)
        self.assertEqual(simulator.hits(fault), stream["delivery_failures"])
        self.assertIn("over", {f["state"] for f in status["faults"]})
        self.assertEqual((stream["buffered_records"], stream["lost_records"]), (0, 0))
        self.assertEqual(sorted(simulator.lines(lake)), sorted(json.dumps(e) for e in sent))
        ledger = pathlib.Path(simulator.data, "ledger.ndjson")
        ledger.write_text("".join(ledger_line(e) for e in sent))
        audit = subprocess.run(
            [EDGEHOSE, "audit", "--ledger", str(ledger), "--data", simulator.data, "--json"],
            capture_output=True, text=True, check=False,
        )
        self.assertEqual(audit.returncode, 0, audit.stdout + audit.stderr)
        said = json.loads(audit.stdout)
        self.assertEqual((said["delivered"], said["lost"]), (len(sent), 0))


if __name__ == "__main__":
    unittest.main()
