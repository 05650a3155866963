"""The bill counts what unmodified clients did: no more, no less."""

import json
import pathlib
import unittest
import urllib.error
import urllib.request

from simulator import ACCOUNT, REGION, Simulator

DESIGN = pathlib.Path(__file__).parents[2] / "simulator/scenario/designs/note-2020"
SECONDS = 100
MONTH = 30 * 86_400 // SECONDS


class Bill(unittest.TestCase):
    def setUp(self):
        self.simulator = Simulator(
            "--quota", "unlimited", "--api", str(DESIGN / "api.yaml"), "--api-port", "0",
            "--alarms", str(DESIGN / "alarms.json"), "--function", "shape=shaper:lake", "--bucket", "lake",
        )
        self.addCleanup(self.simulator.close)

    def counts(self, region="us-east-1"):
        """What each meter counted in a run of 100 seconds; alarms are by the month."""
        done = self.simulator.command("report", "--json", "--region", region, "--duration-s", str(SECONDS))
        self.assertEqual(done.returncode, 0, done.stderr)
        counted = {}
        for line in json.loads(done.stdout)["bill"]["packed"]["lines"]:
            times = 1 if line["meter"] == "cloudwatch_alarms" else MONTH
            counted[line["meter"]] = counted.get(line["meter"], 0) + line["count"] / times
        return counted

    def test_requests_of_the_api_are_counted_refused_ones_too(self):
        self.simulator.client("firehose").create_delivery_stream(
            DeliveryStreamName="events",
            ExtendedS3DestinationConfiguration={
                "RoleARN": f"arn:aws:iam::{ACCOUNT}:role/r", "BucketARN": "arn:aws:s3:::lake",
            },
        )
        for number in range(7):
            body = json.dumps({"n": number, "pad": "x" * 6_000}).encode()
            urllib.request.urlopen(urllib.request.Request(
                self.simulator.ready["api"] + "/events", body, {"content-type": "application/json"}
            )).close()
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(self.simulator.ready["api"] + "/nowhere")
        refused.exception.close()
        counted = self.counts()
        self.assertEqual(counted["apigateway_requests"], 8)
        # 6,000 bytes are two steps of 5,120.
        self.assertEqual(counted["firehose_ingest"], 7 * 2 * 5_120)
        self.assertEqual(counted["cloudwatch_alarms"], 4)

    def test_each_64_kib_of_a_message_is_a_request(self):
        sqs = self.simulator.client("sqs")
        queue = sqs.create_queue(QueueName="q")["QueueUrl"]
        sqs.send_message(QueueUrl=queue, MessageBody="x")
        sqs.send_message(QueueUrl=queue, MessageBody="x" * (64 * 1_024 + 1))
        message = sqs.receive_message(QueueUrl=queue)["Messages"][0]
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        size = 1 if len(message["Body"]) == 1 else 2
        self.assertEqual(self.counts()["sqs_requests"], 1 + 2 + size + 1)

    def test_invocations_are_counted_with_their_duration(self):
        client = self.simulator.client("lambda")
        for _ in range(5):
            client.invoke(FunctionName="shape", Payload=json.dumps({"Records": []}))
        counted = self.counts()
        self.assertEqual(counted["lambda_requests"], 5)
        # Each is billed by the millisecond, one at least, with 512 MiB.
        self.assertGreaterEqual(counted["lambda_duration"], 5 * 512)
        function = self.simulator.status()["lambda"]["functions"]["shape"]
        self.assertEqual(counted["lambda_duration"], function["billed_mib_ms"])
        self.assertEqual(function["billed_mib_ms"] % 512, 0)

    def test_objects_are_counted_by_call_and_by_byte(self):
        s3 = self.simulator.client("s3")
        before = self.counts()
        for number in range(3):
            s3.put_object(Bucket="lake", Key=str(number), Body=b"x" * 1_000)
        s3.get_object(Bucket="lake", Key="0")["Body"].close()
        s3.head_object(Bucket="lake", Key="0")
        s3.list_objects_v2(Bucket="lake")
        s3.delete_object(Bucket="lake", Key="0")
        counted = self.counts()
        self.assertEqual(counted["s3_put"] - before.get("s3_put", 0), 4)
        self.assertEqual(counted["s3_get"] - before.get("s3_get", 0), 2)
        self.assertEqual(counted["s3_storage"] - before.get("s3_storage", 0), 3_000)

    def test_prices_nobody_knows_leave_the_count_and_bound_the_total(self):
        sqs = self.simulator.client("sqs")
        sqs.send_message(QueueUrl=sqs.create_queue(QueueName="q")["QueueUrl"], MessageBody="x")
        done = self.simulator.command("report", "--json", "--region", REGION)
        bill = json.loads(done.stdout)["bill"]["packed"]
        self.assertTrue(bill["is_lower_bound"])
        unknown = {line["meter"] for line in bill["lines"] if line["usd"] == "unknown"}
        self.assertEqual(unknown & {"sqs_requests", "cloudwatch_alarms"}, {"sqs_requests", "cloudwatch_alarms"})


if __name__ == "__main__":
    unittest.main()
