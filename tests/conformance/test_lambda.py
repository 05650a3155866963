"""S3's notifications, mappings of queues and functions, as unmodified boto3 meets them."""

import gzip
import json
import os
import tempfile
import time
import unittest
import urllib.parse

from botocore.exceptions import ClientError
from simulator import ACCOUNT, REGION, Simulator

PYTHON = """
import json, time

def handler(event, context):
    if event.get("sleep"):
        time.sleep(event["sleep"])
    if event.get("fail"):
        raise ValueError("as asked")
    return {"event": event, "function": context.function_name}

def picky(event, context):
    # Fails each message that says so, and reports it; the whole batch where one asks for that.
    bodies = [(record["messageId"], record["body"]) for record in event["Records"]]
    with open("LOG", "a") as log:
        log.write(json.dumps([body for _, body in bodies]) + "\\n")
    if any(body == "crash" for _, body in bodies):
        raise ValueError("crash")
    return {"batchItemFailures": [{"itemIdentifier": i} for i, body in bodies if body == "bad"]}
"""


def queue_arn(name):
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"


def until(condition, seconds=15):
    """Waits until the condition gives something, and gives it."""
    ended = time.monotonic() + seconds
    while time.monotonic() < ended:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it did not come about")


class Functions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.log = os.path.join(cls.folder.name, "log")
        path = os.path.join(cls.folder.name, "handlers.py")
        with open(path, "w") as file:
            file.write(PYTHON.replace("LOG", cls.log))
        cls.simulator = Simulator(
            "--control", "--clock-speed", "60",
            "--function", f"echo={path}:handler", "--function", f"picky={path}:picky",
            "--function", "shape=shaper:lake", "--bucket", "lake", "--bucket", "raw",
        )
        cls.lambda_ = cls.simulator.client("lambda")
        cls.sqs = cls.simulator.client("sqs")
        cls.s3 = cls.simulator.client("s3")

    @classmethod
    def tearDownClass(cls):
        cls.simulator.close()
        cls.folder.cleanup()

    def queue(self, name, **attributes):
        return self.sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "60", **attributes})["QueueUrl"]

    def count(self, url, *names):
        names = names or ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        found = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(names))["Attributes"]
        return sum(int(found[name]) for name in names)

    def refused(self, call, **arguments):
        with self.assertRaises(ClientError) as caught:
            call(**arguments)
        return type(caught.exception).__name__

    def logged(self):
        if not os.path.exists(self.log):
            return []
        with open(self.log) as file:
            return [json.loads(line) for line in file]

    def test_a_function_is_invoked_and_its_failure_told(self):
        answer = self.lambda_.invoke(FunctionName="echo", Payload=json.dumps({"a": [1]}))
        self.assertEqual(answer["StatusCode"], 200)
        self.assertEqual(answer["ExecutedVersion"], "$LATEST")
        self.assertEqual(json.load(answer["Payload"]), {"event": {"a": [1]}, "function": "echo"})
        answer = self.lambda_.invoke(FunctionName="echo", Payload=b'{"fail":true}')
        self.assertEqual(answer["FunctionError"], "Unhandled")
        self.assertIn("as asked", json.load(answer["Payload"])["errorMessage"])
        answer = self.lambda_.invoke(FunctionName="echo", InvocationType="DryRun")
        self.assertEqual(answer["StatusCode"], 204)
        self.assertEqual(self.refused(self.lambda_.invoke, FunctionName="none"), "ResourceNotFoundException")
        self.assertEqual(
            self.refused(self.lambda_.invoke, FunctionName="echo", Payload=b"{"), "InvalidRequestContentException"
        )
        names = [function["FunctionName"] for function in self.lambda_.list_functions()["Functions"]]
        self.assertEqual(names, ["echo", "picky", "shape"])
        self.assertEqual(self.lambda_.get_function_configuration(FunctionName="echo")["Runtime"], "python3.11")

    def test_reserved_concurrency_throttles(self):
        self.lambda_.put_function_concurrency(FunctionName="echo", ReservedConcurrentExecutions=0)
        self.assertEqual(self.refused(self.lambda_.invoke, FunctionName="echo"), "TooManyRequestsException")
        got = self.lambda_.get_function_concurrency(FunctionName="echo")
        self.assertEqual(got["ReservedConcurrentExecutions"], 0)
        self.lambda_.delete_function_concurrency(FunctionName="echo")
        self.assertEqual(self.lambda_.invoke(FunctionName="echo")["StatusCode"], 200)
        self.assertEqual(
            self.refused(self.lambda_.put_function_concurrency, FunctionName="echo", ReservedConcurrentExecutions=901),
            "InvalidParameterValueException",
        )

    def test_an_event_is_tried_again_after_a_minute_and_two(self):
        fault = self.simulator.fault("--service", "lambda", "--function", "echo", "--error", "FunctionError")
        answer = self.lambda_.invoke(FunctionName="echo", InvocationType="Event", Payload=b"{}")
        self.assertEqual(answer["StatusCode"], 202)
        hits = lambda: next(f["hits"] for f in self.simulator.status()["faults"] if f["id"] == fault)  # noqa: E731
        until(lambda: hits() == 3)
        dropped = lambda: self.simulator.status()["lambda"]["functions"]["echo"]["async_dropped"]  # noqa: E731
        until(lambda: dropped() == 1)
        self.simulator.command("fault", "clear", str(fault))

    def test_a_mapping_hands_over_batches_and_takes_failures_back(self):
        dead = self.queue("picky-dead")
        url = self.queue(
            "picky",
            RedrivePolicy=json.dumps({"deadLetterTargetArn": queue_arn("picky-dead"), "maxReceiveCount": 2}),
        )
        mapping = self.lambda_.create_event_source_mapping(
            EventSourceArn=queue_arn("picky"), FunctionName="picky", BatchSize=10, MaximumBatchingWindowInSeconds=2,
            FunctionResponseTypes=["ReportBatchItemFailures"],
        )
        self.assertEqual(mapping["State"], "Enabled")
        self.sqs.send_message_batch(
            QueueUrl=url,
            Entries=[{"Id": str(i), "MessageBody": "bad" if i == 3 else f"good {i}"} for i in range(10)],
        )
        until(lambda: self.count(dead) == 1)
        self.assertEqual(self.count(url), 0)
        seen = [body for batch in self.logged() for body in batch if body == "bad" or body.startswith("good")]
        self.assertEqual(sorted(set(seen)), sorted(["bad"] + [f"good {i}" for i in range(10) if i != 3]))
        # What was good came once; what was bad as often as the queue allows.
        self.assertEqual(seen.count("bad"), 2)
        self.assertEqual(len(seen), 11)
        uuid = mapping["UUID"]
        self.assertEqual(self.lambda_.get_event_source_mapping(UUID=uuid)["BatchSize"], 10)
        self.assertEqual(
            len(self.lambda_.list_event_source_mappings(FunctionName="picky")["EventSourceMappings"]), 1
        )
        self.lambda_.update_event_source_mapping(UUID=uuid, Enabled=False)
        self.sqs.send_message(QueueUrl=url, MessageBody="not now")
        time.sleep(0.3)
        self.assertEqual(self.count(url), 1)
        self.lambda_.update_event_source_mapping(UUID=uuid, Enabled=True)
        until(lambda: self.count(url) == 0)
        # A crash fails the whole batch, with or without reports.
        self.sqs.send_message(QueueUrl=url, MessageBody="crash")
        until(lambda: self.count(dead) == 2)
        self.assertEqual(self.lambda_.delete_event_source_mapping(UUID=uuid)["State"], "Deleting")
        self.assertEqual(
            self.refused(self.lambda_.get_event_source_mapping, UUID=uuid), "ResourceNotFoundException"
        )

    def test_a_mapping_that_cannot_work_is_refused(self):
        self.queue("quick", VisibilityTimeout="30")
        self.queue("slow")
        create = self.lambda_.create_event_source_mapping
        common = {"EventSourceArn": queue_arn("slow"), "FunctionName": "picky"}
        for name, arguments in (
            ("InvalidParameterValueException", {**common, "EventSourceArn": queue_arn("quick")}),
            ("InvalidParameterValueException", {**common, "EventSourceArn": queue_arn("none")}),
            ("InvalidParameterValueException", {**common, "EventSourceArn": "arn:aws:kinesis:r:0:stream/s"}),
            ("InvalidParameterValueException", {**common, "BatchSize": 11}),
            ("InvalidParameterValueException", {**common, "ScalingConfig": {"MaximumConcurrency": 2001}}),
            ("InvalidParameterValueException", {**common, "FilterCriteria": {"Filters": [{"Pattern": "{}"}]}}),
            ("ResourceNotFoundException", {**common, "FunctionName": "none"}),
        ):
            with self.subTest(arguments):
                self.assertEqual(self.refused(create, **arguments), name)
        mapping = create(**common, Enabled=False)
        self.assertEqual(self.refused(create, **common), "ResourceConflictException")
        self.lambda_.delete_event_source_mapping(UUID=mapping["UUID"])

    def test_a_bucket_tells_its_queue_of_objects(self):
        url = self.queue("told")
        rules = {
            "QueueConfigurations": [
                {
                    "Id": "r1",
                    "QueueArn": queue_arn("told"),
                    "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:Delete"],
                    "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "in/"}]}},
                }
            ]
        }
        self.s3.create_bucket(Bucket="told", CreateBucketConfiguration={"LocationConstraint": REGION})
        self.s3.put_bucket_notification_configuration(Bucket="told", NotificationConfiguration=rules)
        got = self.s3.get_bucket_notification_configuration(Bucket="told")
        self.assertEqual(got["QueueConfigurations"][0]["Events"], rules["QueueConfigurations"][0]["Events"])
        key = "in/a b=\u00e9/\u65e5"
        self.s3.put_object(Bucket="told", Key="out/x", Body=b"no")
        etag = self.s3.put_object(Bucket="told", Key=key, Body=b"yes")["ETag"].strip('"')
        self.s3.copy_object(Bucket="told", Key="in/copy", CopySource={"Bucket": "told", "Key": key})
        upload = self.s3.create_multipart_upload(Bucket="told", Key="in/parts")["UploadId"]
        part = self.s3.upload_part(Bucket="told", Key="in/parts", UploadId=upload, PartNumber=1, Body=b"p")["ETag"]
        self.s3.complete_multipart_upload(
            Bucket="told", Key="in/parts", UploadId=upload,
            MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part}]},
        )
        self.s3.delete_object(Bucket="told", Key=key)
        bodies = []
        while len(bodies) < 5:
            answer = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=20)
            bodies += [json.loads(message["Body"]) for message in answer["Messages"]]
        self.assertEqual(bodies[0]["Event"], "s3:TestEvent")
        records = [body["Records"][0] for body in bodies[1:]]
        self.assertEqual(
            [record["eventName"] for record in records],
            ["ObjectCreated:Put", "ObjectCreated:Copy", "ObjectCreated:CompleteMultipartUpload", "ObjectRemoved:Delete"],
        )
        put = records[0]
        self.assertEqual(urllib.parse.unquote_plus(put["s3"]["object"]["key"]), key)
        self.assertEqual((put["s3"]["object"]["size"], put["s3"]["object"]["eTag"]), (3, etag))
        self.assertEqual(put["s3"]["configurationId"], "r1")
        self.assertLess(put["s3"]["object"]["sequencer"], records[3]["s3"]["object"]["sequencer"])
        for wrong in (
            {"TopicConfigurations": [{"TopicArn": "arn:aws:sns:r:0:t", "Events": ["s3:ObjectCreated:*"]}]},
            {"QueueConfigurations": [{"QueueArn": queue_arn("none"), "Events": ["s3:ObjectCreated:*"]}]},
            {"QueueConfigurations": [{"QueueArn": queue_arn("told"), "Events": ["s3:ObjectCreated:*"]}] * 2},
        ):
            with self.subTest(wrong), self.assertRaises(ClientError):
                self.s3.put_bucket_notification_configuration(Bucket="told", NotificationConfiguration=wrong)

    def test_raw_objects_are_shaped_by_type_and_hour_even_when_told_twice(self):
        url = self.queue("raw")
        self.s3.put_bucket_notification_configuration(
            Bucket="raw",
            NotificationConfiguration={
                "QueueConfigurations": [{"QueueArn": queue_arn("raw"), "Events": ["s3:ObjectCreated:*"]}]
            },
        )
        mapping = self.lambda_.create_event_source_mapping(
            EventSourceArn=queue_arn("raw"), FunctionName="shape", BatchSize=10,
            FunctionResponseTypes=["ReportBatchItemFailures"],
        )
        event = {"event_id": "01", "content_type": "page_view", "time": "2026-11-22T13:59:59.999Z",
                 "referrer_url": "https://www.google.com/search?q=edge"}
        agent = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
        lines = [
            json.dumps({"headers": {"user-agent": agent}, "received_ms": 1795356000000, "body": json.dumps(event)}),
            json.dumps({**event, "event_id": "02", "time": "2026-11-22T14:00:00.000Z"}),
            "no event at all",
            json.dumps({**event, "event_id": "03", "content_type": "click"}),
        ]
        for _ in range(2):
            self.s3.put_object(Bucket="raw", Key="2026/11/22/14/x", Body=gzip.compress("\n".join(lines).encode()))
        listed = lambda: self.s3.list_objects_v2(Bucket="lake").get("Contents", [])  # noqa: E731
        until(lambda: len(listed()) >= 4 and self.count(url) == 0)
        self.assertEqual(
            sorted(found["Key"].rsplit("/", 1)[0] for found in listed() if not found["Key"].startswith("failed")),
            [
                "content_type=click/year=2026/month=11/day=22/hour=13",
                "content_type=page_view/year=2026/month=11/day=22/hour=13",
                "content_type=page_view/year=2026/month=11/day=22/hour=14",
            ],
        )
        read = lambda key: self.s3.get_object(Bucket="lake", Key=key)["Body"].read().decode()  # noqa: E731
        shaped = {
            line["event_id"]: line
            for found in listed()
            if not found["Key"].startswith("failed")
            for line in map(json.loads, read(found["Key"]).splitlines())
        }
        self.assertEqual(sorted(shaped), ["01", "02", "03"])
        self.assertEqual((shaped["01"]["ua_family"], shaped["01"]["referrer_medium"]), ("Firefox", "search"))
        [failed] = [found["Key"] for found in listed() if found["Key"].startswith("failed_events/")]
        self.assertIn('"reason":"malformed_json"', read(failed))
        self.lambda_.delete_event_source_mapping(UUID=mapping["UUID"])


class Restart(unittest.TestCase):
    def test_mappings_notifications_and_events_survive_a_kill(self):
        simulator = Simulator("--clock-speed", "60", "--function", "shape=shaper:lake", "--bucket", "lake", "--bucket",
                              "raw")
        self.addCleanup(simulator.close)
        sqs = simulator.client("sqs")
        sqs.create_queue(QueueName="raw", Attributes={"VisibilityTimeout": "60"})
        simulator.client("lambda").create_event_source_mapping(
            EventSourceArn=queue_arn("raw"), FunctionName="shape", FunctionResponseTypes=["ReportBatchItemFailures"]
        )
        simulator.client("s3").put_bucket_notification_configuration(
            Bucket="raw",
            NotificationConfiguration={
                "QueueConfigurations": [{"QueueArn": queue_arn("raw"), "Events": ["s3:ObjectCreated:*"]}]
            },
        )
        simulator.kill()
        simulator.start()
        s3 = simulator.client("s3")
        event = {"event_id": "01", "content_type": "page_view", "time": "2026-11-22T13:59:59.999Z"}
        s3.put_object(Bucket="raw", Key="x", Body=json.dumps(event).encode())
        until(lambda: s3.list_objects_v2(Bucket="lake")["KeyCount"] == 1)


if __name__ == "__main__":
    unittest.main()
