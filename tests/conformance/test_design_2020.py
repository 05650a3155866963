"""The design of 2020 behind its API: Firehose to raw objects, a queue told of them, a function that shapes them."""

import hashlib
import json
import os
import pathlib
import subprocess
import time
import unittest

from simulator import ACCOUNT, EDGEHOSE, REGION, Simulator

DESIGN = pathlib.Path(__file__).parents[2] / "simulator/scenario/designs/note-2020"


def queue_arn(name):
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"


def event(event_id):
    return {"event_id": str(event_id), "content_type": "page_view", "event_time": "2026-11-22T13:00:00.000Z"}


def raw_line(sent):
    """What the API hands to Firehose: the request; the stream makes it a line."""
    body = json.dumps({"event_id": sent["event_id"], "content_type": "page_view", "time": sent["event_time"]})
    return json.dumps({"headers": {}, "received_ms": 1795356000000, "body": body})


def ledger_line(sent):
    digested = {name: sent[name] for name in ("content_type", "event_time")}
    text = json.dumps(digested, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    return json.dumps({**sent, "attempts": 1, "outcome": "acknowledged", "status": 200, "digest": digest}) + "\n"


class Design(unittest.TestCase):
    def setUp(self):
        self.simulator = Simulator(
            "--control", "--quota", "unlimited", "--clock-speed", "60",
            "--bucket", "raw", "--bucket", "lake", "--function", "shape=shaper:lake",
            "--api", str(DESIGN / "api.yaml"), "--api-port", "0", "--function", f"newline={DESIGN / 'newline.py'}",
        )
        self.addCleanup(self.simulator.close)
        self.sqs = self.simulator.client("sqs")
        self.dead = self.sqs.create_queue(QueueName="dead")["QueueUrl"]
        self.queue = self.sqs.create_queue(
            QueueName="objects",
            Attributes={
                "VisibilityTimeout": "60",
                "RedrivePolicy": json.dumps({"deadLetterTargetArn": queue_arn("dead"), "maxReceiveCount": 3}),
            },
        )["QueueUrl"]
        self.simulator.client("s3").put_bucket_notification_configuration(
            Bucket="raw",
            NotificationConfiguration={
                "QueueConfigurations": [{"QueueArn": queue_arn("objects"), "Events": ["s3:ObjectCreated:*"]}]
            },
        )
        self.simulator.client("lambda").create_event_source_mapping(
            EventSourceArn=queue_arn("objects"), FunctionName="shape",
            FunctionResponseTypes=["ReportBatchItemFailures"],
        )
        self.firehose = self.simulator.client("firehose")
        self.firehose.create_delivery_stream(
            DeliveryStreamName="events",
            ExtendedS3DestinationConfiguration={
                "RoleARN": "arn:aws:iam::000000000000:role/firehose",
                "BucketARN": "arn:aws:s3:::raw",
                "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 60},
                "CompressionFormat": "GZIP",
                "ProcessingConfiguration": {
                    "Enabled": True,
                    "Processors": [{"Type": "AppendDelimiterToRecord", "Parameters": [
                        {"ParameterName": "Delimiter", "ParameterValue": "\\n"},
                    ]}],
                },
            },
        )
        self.ledger = os.path.join(self.simulator.data, "ledger")
        self.sent = 0

    def send(self, count):
        events = [event(f"e{self.sent + i}") for i in range(count)]
        self.sent += count
        for at in range(0, count, 500):
            records = [{"Data": raw_line(sent).encode()} for sent in events[at:at + 500]]
            answer = self.firehose.put_record_batch(DeliveryStreamName="events", Records=records)
            self.assertEqual(answer["FailedPutCount"], 0)
        with open(self.ledger, "a") as file:
            file.writelines(ledger_line(sent) for sent in events)

    def audit(self, *flags):
        done = subprocess.run(
            [EDGEHOSE, "audit", "--json", "--ledger", self.ledger, "--data", self.simulator.data, *flags],
            capture_output=True, text=True, check=False,
        )
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return json.loads(done.stdout)

    def until(self, condition, seconds=20):
        ended = time.monotonic() + seconds
        while time.monotonic() < ended:
            audit = self.audit("--in-flight-ok")
            if condition(audit):
                return audit
            time.sleep(0.1)
        self.fail(json.dumps(audit))

    def assert_balanced(self, **counts):
        audit = self.audit()
        self.assertTrue(audit["balanced"], json.dumps(audit, indent=1))
        self.assertEqual({name: audit[name] for name in counts}, counts)

    def replay(self, *words):
        """Brings back what was left, and waits for the audit behind it."""
        done = self.simulator.command("replay", *words, "--ledger", self.ledger, "--data", self.simulator.data)
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        self.assertIn("audit: balanced", done.stdout)

    def test_the_newline_of_2020_is_a_function_that_makes_each_record_a_line(self):
        self.firehose.create_delivery_stream(
            DeliveryStreamName="lines",
            ExtendedS3DestinationConfiguration={
                "RoleARN": "arn:aws:iam::000000000000:role/firehose",
                "BucketARN": "arn:aws:s3:::lake",
                "Prefix": "lines/",
                "ProcessingConfiguration": {
                    "Enabled": True,
                    "Processors": [{"Type": "Lambda", "Parameters": [
                        {"ParameterName": "LambdaArn",
                         "ParameterValue": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:newline"},
                    ]}],
                },
            },
        )
        records = [{"Data": b'{"n":%d}' % number} for number in range(300)]
        self.firehose.put_record_batch(DeliveryStreamName="lines", Records=records)
        self.simulator.flush()
        s3 = self.simulator.client("s3")
        keys = [found["Key"] for found in s3.list_objects_v2(Bucket="lake", Prefix="lines/")["Contents"]]
        text = b"".join(s3.get_object(Bucket="lake", Key=key)["Body"].read() for key in keys)
        self.assertEqual(text, b"".join(record["Data"] + b"\n" for record in records))

    def test_records_of_an_error_prefix_go_back_to_their_stream(self):
        self.firehose.create_delivery_stream(
            DeliveryStreamName="transformed",
            ExtendedS3DestinationConfiguration={
                "RoleARN": "arn:aws:iam::000000000000:role/firehose",
                "BucketARN": "arn:aws:s3:::lake",
                "Prefix": "transformed/",
                "ErrorOutputPrefix": "errors/",
                "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 60},
                "ProcessingConfiguration": {
                    "Enabled": True,
                    "Processors": [{"Type": "Lambda", "Parameters": [
                        {"ParameterName": "LambdaArn",
                         "ParameterValue": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:shape"},
                        {"ParameterName": "NumberOfRetries", "ParameterValue": "0"},
                    ]}],
                },
            },
        )
        # The shaper is no transformation: each record fails in processing.
        lines = [raw_line(event(f"e{i}")) for i in range(50)]
        self.sent = 50
        self.firehose.put_record_batch(
            DeliveryStreamName="transformed", Records=[{"Data": line.encode()} for line in lines]
        )
        with open(self.ledger, "a") as file:
            file.writelines(ledger_line(event(f"e{i}")) for i in range(50))
        self.simulator.flush()
        self.until(lambda audit: audit["processing_failed"] == 50)
        self.assert_balanced(processing_failed=50, lost=0)
        self.replay("--errors", "lake/errors/", "--stream", "events")
        self.assert_balanced(delivered=50, processing_failed=0, lost=0)
        refused = self.simulator.command("replay", "--errors", "lake")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("mend", refused.stderr)

    def test_events_are_in_flight_until_they_are_in_the_lake(self):
        self.send(1_000)
        audit = self.audit("--in-flight-ok")
        self.assertEqual(audit["in_flight"] + audit["delivered"], 1_000)
        self.simulator.flush()
        self.until(lambda audit: audit["delivered"] == 1_000)
        self.assert_balanced(delivered=1_000, lost=0, in_flight=0)

    def test_an_outage_of_sqs_holds_events_up_and_loses_none(self):
        self.simulator.fault("--service", "sqs", "--error", "InternalFailure", "--for", "10m")
        for _ in range(3):
            self.send(500)
            self.simulator.flush()
        audit = self.audit("--in-flight-ok")
        self.assertEqual((audit["in_flight"], audit["lost"]), (1_500, 0))
        self.assertGreater(self.simulator.status()["notifications"]["waiting"], 0)
        self.until(lambda audit: audit["delivered"] == 1_500, 30)
        self.assert_balanced(delivered=1_500, lost=0)

    def test_what_an_outage_of_lambda_leaves_in_dead_letters_is_named_and_brought_back(self):
        self.simulator.fault("--service", "lambda", "--function", "shape", "--error", "ServiceException")
        self.send(700)
        self.simulator.flush()
        self.until(lambda audit: audit["dead_lettered"] == 700)
        # By its cause: nothing is lost, and nothing in flight.
        self.assert_balanced(dead_lettered=700, delivered=0, lost=0)
        self.simulator.command("fault", "clear")
        self.replay("--dead-letters")
        self.assert_balanced(delivered=700, dead_lettered=0, lost=0)

    def load(self, seconds, *flags):
        """Events by the API, one a request, as a page of 2020 sent them."""
        done = subprocess.run(
            [EDGEHOSE, "load", "--url", self.simulator.ready["api"] + "/collect", "--ledger", self.ledger, "--json",
             "--rate", "300", "--duration", f"{seconds}s", *flags],
            capture_output=True, text=True, check=True,
        )
        return json.loads(done.stdout)

    def test_a_brown_out_of_the_gateway_is_told_to_its_senders_and_loses_none(self):
        brown_out = ["--service", "apigateway", "--rate", "0.5", "--error", "ServiceUnavailable"]
        self.simulator.fault(*brown_out, "--latency", "10ms..200ms", "--for", "10m")
        # Ten minutes are ten seconds here: the last two are after it.
        told = self.load(12, "--attempts", "1")
        self.assertEqual(told["acknowledged"] + told["refused"], 3_600)
        self.assertGreater(told["refused"], 1_000)
        self.assertGreater(told["acknowledged"], 1_800)
        self.assertEqual(self.simulator.status()["apigateway"]["5xx_errors"], told["refused"])
        self.simulator.flush()
        self.until(lambda audit: audit["delivered"] == told["acknowledged"])
        self.assert_balanced(delivered=told["acknowledged"], refused=told["refused"], lost=0)
        # Senders that send again lose nothing to it.
        self.simulator.fault(*brown_out, "--for", "5m")
        again = self.load(5, "--attempts", "30", "--seed", "2")
        self.assertEqual((again["acknowledged"], again["refused"]), (1_500, 0))
        self.simulator.flush()
        self.until(lambda audit: audit["delivered"] == told["acknowledged"] + 1_500)
        self.assert_balanced(refused=told["refused"], lost=0)

    def test_the_outage_of_sqs_as_a_plan_holds_events_up_and_loses_none(self):
        done = self.simulator.command("fault", "plan", "sqs-2020-04-20")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(done.stdout.splitlines()), 3)
        for _ in range(3):
            self.send(500)
            self.simulator.flush()
        audit = self.audit("--in-flight-ok")
        self.assertEqual((audit["in_flight"] + audit["delivered"], audit["lost"]), (1_500, 0))
        self.simulator.command("fault", "clear")
        self.until(lambda audit: audit["delivered"] == 1_500, 60)
        self.assert_balanced(delivered=1_500, lost=0)

    def test_a_message_that_expires_leaves_its_events_in_the_raw_object(self):
        self.sqs.set_queue_attributes(QueueUrl=self.queue, Attributes={"MessageRetentionPeriod": "60"})
        self.simulator.fault("--service", "sqs", "--operation", "ReceiveMessage", "--error", "InternalFailure")
        self.send(300)
        self.simulator.flush()
        self.until(lambda audit: audit["left_raw"] == 300)
        self.assert_balanced(left_raw=300, lost=0)
        self.simulator.command("fault", "clear")
        self.replay("--raw", "raw")
        self.assert_balanced(delivered=300, left_raw=0, lost=0)

    def test_a_simulator_that_is_told_to_end_ends_its_replay_too(self):
        simulator = Simulator("--control", "--quota", "tokyo-2020", "--bucket", "lake")
        self.addCleanup(simulator.close)
        simulator.client("firehose").create_delivery_stream(
            DeliveryStreamName="slow",
            ExtendedS3DestinationConfiguration={
                "RoleARN": "arn:aws:iam::000000000000:role/firehose", "BucketARN": "arn:aws:s3:::lake",
            },
        )
        # Half a minute of this stream's quota.
        record = json.dumps({"attemptsMade": 1, "errorCode": "Lambda.FunctionError", "rawData": "eAo="}) + "\n"
        simulator.client("s3").put_object(Bucket="lake", Key="errors/k", Body=record * 30_000)
        replay = subprocess.Popen(
            [EDGEHOSE, "replay", "--errors", "lake/errors/", "--stream", "slow", "--endpoint", simulator.endpoint],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        ended = time.monotonic() + 20
        while simulator.status()["streams"][0]["records"] == 0 and time.monotonic() < ended:
            time.sleep(0.05)
        simulator.process.terminate()
        self.assertEqual(simulator.process.wait(timeout=15), 0)
        replay.communicate(timeout=15)
        self.assertEqual(replay.returncode, 1)
        # Its object is moved only when all of it is in the stream.
        simulator.process.stdout.close()
        simulator.start()
        simulator.client("s3").head_object(Bucket="lake", Key="errors/k")


if __name__ == "__main__":
    unittest.main()
