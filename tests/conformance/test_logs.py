"""Firehose's delivery logs, as unmodified clients of CloudWatch Logs read them."""

import json
import os
import pathlib
import subprocess
import tempfile
import time
import unittest

from botocore.exceptions import ClientError
from simulator import ACCOUNT, REGION, Simulator

ROLE = f"arn:aws:iam::{ACCOUNT}:role/firehose"
VENV = pathlib.Path(__file__).parents[2] / "build/venv/bin"
AWS = {"aws-cli 1": [str(VENV / "aws")], "aws-cli 2": ["/usr/bin/python3", "/usr/bin/aws"]}
HANDLER = "def handler(event, context):\n    raise ValueError('as asked')\n"


def logging(stream):
    return {"Enabled": True, "LogGroupName": f"/aws/kinesisfirehose/{stream}", "LogStreamName": "DestinationDelivery"}


class DeliveryLogs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        path = pathlib.Path(cls.folder.name) / "fails.py"
        path.write_text(HANDLER)
        cls.simulator = Simulator("--quota", "unlimited", "--clock-speed", "60", "--function", f"fails={path}", "--bucket", "lake")
        cls.logs = cls.simulator.client("logs")
        cls.firehose = cls.simulator.client("firehose")

    @classmethod
    def tearDownClass(cls):
        cls.simulator.close()
        cls.folder.cleanup()

    def create(self, name, bucket="lake", **more):
        self.firehose.create_delivery_stream(
            DeliveryStreamName=name,
            ExtendedS3DestinationConfiguration={
                "RoleARN": ROLE, "BucketARN": f"arn:aws:s3:::{bucket}",
                "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 60},
                "CloudWatchLoggingOptions": logging(name), **more,
            },
        )

    def entries(self, name):
        """What is in a stream's log, when there is something."""
        ended = time.monotonic() + 20
        while time.monotonic() < ended:
            try:
                found = self.logs.get_log_events(
                    logGroupName=f"/aws/kinesisfirehose/{name}", logStreamName="DestinationDelivery", startFromHead=True
                )
                return [json.loads(event["message"]) for event in found["events"]]
            except self.logs.exceptions.ResourceNotFoundException:
                time.sleep(0.1)
        self.fail("nothing was logged")

    def test_a_bucket_that_is_not_there_is_logged_at_each_try(self):
        self.create("nowhere", bucket="not-there")
        self.firehose.put_record(DeliveryStreamName="nowhere", Record={"Data": b"x"})
        first = self.entries("nowhere")[0]
        self.assertEqual(first["errorCode"], "S3.NoSuchBucket")
        self.assertEqual(first["destination"], "arn:aws:s3:::not-there")
        self.assertEqual(
            first["deliveryStreamARN"], f"arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/nowhere"
        )
        self.assertEqual(first["deliveryStreamVersionId"], 1)
        ended = time.monotonic() + 20
        while len(self.entries("nowhere")) < 2:
            self.assertLess(time.monotonic(), ended)
            time.sleep(0.2)

    def test_records_that_a_function_fails_are_logged_by_code_and_number(self):
        function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:fails"
        parameters = [
            {"ParameterName": "LambdaArn", "ParameterValue": function},
            {"ParameterName": "NumberOfRetries", "ParameterValue": "0"},
        ]
        self.create("failing", ProcessingConfiguration={
            "Enabled": True, "Processors": [{"Type": "Lambda", "Parameters": parameters}],
        })
        self.firehose.put_record_batch(DeliveryStreamName="failing", Records=[{"Data": b"{}"}] * 30)
        (entry,) = self.entries("failing")
        self.assertEqual((entry["errorCode"], entry["recordCount"]), ("Lambda.FunctionError", 30))

    def test_what_goes_well_or_has_no_log_is_not_logged(self):
        self.create("well")
        self.create("mute", bucket="not-there", CloudWatchLoggingOptions={"Enabled": False})
        for name in ("well", "mute"):
            self.firehose.put_record(DeliveryStreamName=name, Record={"Data": b"x"})
        ended = time.monotonic() + 20
        while not all(
            stream["delivered_objects"] + stream["delivery_failures"] > 0
            for stream in self.simulator.status()["streams"] if stream["name"] in ("well", "mute")
        ):
            self.assertLess(time.monotonic(), ended)
            time.sleep(0.1)
        groups = [group["logGroupName"] for group in self.logs.describe_log_groups()["logGroups"]]
        self.assertFalse({"/aws/kinesisfirehose/well", "/aws/kinesisfirehose/mute"} & set(groups))

    def test_both_clis_and_the_paginators_read_them(self):
        self.create("read", bucket="not-there")
        self.firehose.put_record(DeliveryStreamName="read", Record={"Data": b"x"})
        self.entries("read")
        group = "/aws/kinesisfirehose/read"
        pages = self.logs.get_paginator("filter_log_events").paginate(
            logGroupName=group, filterPattern='"S3.NoSuchBucket"', PaginationConfig={"PageSize": 1, "MaxItems": 3}
        )
        events = [event for page in pages for event in page["events"]]
        self.assertTrue(events)
        self.assertEqual({event["logStreamName"] for event in events}, {"DestinationDelivery"})
        (stream,) = self.logs.describe_log_streams(logGroupName=group)["logStreams"]
        self.assertEqual(stream["logStreamName"], "DestinationDelivery")
        environment = {**os.environ, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": REGION}
        for name, command in AWS.items():
            with self.subTest(name):
                done = subprocess.run(
                    [*command, "--endpoint-url", self.simulator.endpoint, "logs", "filter-log-events",
                     "--log-group-name", group, "--filter-pattern", "NoSuchBucket", "--output", "json"],
                    capture_output=True, text=True, check=True, env=environment,
                )
                self.assertTrue(json.loads(done.stdout)["events"])

    def test_writing_is_refused_by_name(self):
        with self.assertRaises(ClientError) as refused:
            self.logs.create_log_group(logGroupName="mine")
        self.assertIn("CreateLogGroup", str(refused.exception))


if __name__ == "__main__":
    unittest.main()
