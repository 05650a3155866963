"""Standard queues as unmodified boto3 and both aws CLIs meet them."""

import concurrent.futures
import hashlib
import json
import os
import subprocess
import time
import unittest
import urllib.error
import urllib.request

from botocore.exceptions import ClientError
from simulator import ACCOUNT, REGION, Simulator

VENV = os.path.join(os.path.dirname(__file__), "../../build/venv/bin")


def arn(name):
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"


class Queues(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # An hour of the simulator's passes in a minute.
        cls.simulator = Simulator("--clock-speed", "60", "--control")
        cls.sqs = cls.simulator.client("sqs")

    @classmethod
    def tearDownClass(cls):
        cls.simulator.close()

    def create(self, name=None, **attributes):
        name = name or self.id().rsplit(".", 1)[-1][:80]
        return self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]

    def receive(self, url, **more):
        return self.sqs.receive_message(QueueUrl=url, **more).get("Messages", [])

    def count(self, url, name="ApproximateNumberOfMessages"):
        return int(self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name])

    def assert_refused(self, expected, call, **arguments):
        with self.assertRaises(ClientError) as caught:
            call(**arguments)
        self.assertEqual(type(caught.exception).__name__, expected)
        return caught.exception.response["Error"]

    def test_a_message_comes_back_with_its_attributes_and_digests(self):
        url = self.create()
        sent = self.sqs.send_message(
            QueueUrl=url,
            MessageBody="h\u00e9llo\n",
            MessageAttributes={
                "kind": {"DataType": "String", "StringValue": "click"},
                "size": {"DataType": "Number.int", "StringValue": "12"},
                "raw": {"DataType": "Binary", "BinaryValue": b"\x00\x01"},
            },
        )
        [message] = self.receive(
            url, MessageAttributeNames=["All"], MessageSystemAttributeNames=["All"]
        )
        self.assertEqual(message["Body"], "h\u00e9llo\n")
        self.assertEqual(message["MessageId"], sent["MessageId"])
        self.assertEqual(message["MD5OfBody"], hashlib.md5("h\u00e9llo\n".encode()).hexdigest())
        self.assertEqual(message["MessageAttributes"]["raw"]["BinaryValue"], b"\x00\x01")
        self.assertEqual(message["MessageAttributes"]["size"], {"DataType": "Number.int", "StringValue": "12"})
        # The digest by the rule in AWS's guide: length, bytes, for name, type and value, by name.
        digest = hashlib.md5()
        for name, kind, transport, value in (
            (b"kind", b"String", b"\x01", b"click"),
            (b"raw", b"Binary", b"\x02", b"\x00\x01"),
            (b"size", b"Number.int", b"\x01", b"12"),
        ):
            for part in (name, kind):
                digest.update(len(part).to_bytes(4, "big") + part)
            digest.update(transport + len(value).to_bytes(4, "big") + value)
        self.assertEqual(sent["MD5OfMessageAttributes"], digest.hexdigest())
        self.assertEqual(message["MD5OfMessageAttributes"], digest.hexdigest())
        self.assertEqual(message["Attributes"]["ApproximateReceiveCount"], "1")
        self.assertEqual(message["Attributes"]["SenderId"], ACCOUNT)
        self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        self.assertEqual(self.count(url, "ApproximateNumberOfMessagesNotVisible"), 0)

    def test_what_is_not_deleted_comes_again_after_its_visibility(self):
        url = self.create(VisibilityTimeout="60")
        self.sqs.send_message(QueueUrl=url, MessageBody="a")
        [first] = self.receive(url)
        self.assertEqual(self.receive(url), [])
        self.assertEqual(self.count(url, "ApproximateNumberOfMessagesNotVisible"), 1)
        [second] = self.receive(url, WaitTimeSeconds=20, MessageSystemAttributeNames=["ApproximateReceiveCount"]) or (
            self.receive(url, WaitTimeSeconds=20) or self.receive(url, WaitTimeSeconds=20)
            or self.receive(url, WaitTimeSeconds=20)
        )
        # An old receipt is taken, and does nothing.
        self.sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
        self.assertEqual(self.count(url, "ApproximateNumberOfMessagesNotVisible"), 1)
        self.sqs.change_message_visibility(
            QueueUrl=url, ReceiptHandle=second["ReceiptHandle"], VisibilityTimeout=0
        )
        [third] = self.receive(url)
        self.assert_refused(
            "MessageNotInflight",
            self.sqs.change_message_visibility,
            QueueUrl=url,
            ReceiptHandle=second["ReceiptHandle"],
            VisibilityTimeout=10,
        )
        self.sqs.delete_message(QueueUrl=url, ReceiptHandle=third["ReceiptHandle"])
        self.assertEqual(self.count(url, "ApproximateNumberOfMessagesNotVisible"), 0)

    def test_a_long_poll_ends_with_the_message_and_not_before(self):
        url = self.create()
        with concurrent.futures.ThreadPoolExecutor() as pool:
            # 20 s by the simulator's clock are a third of a second.
            started = time.monotonic()
            self.assertEqual(self.receive(url, WaitTimeSeconds=20), [])
            self.assertGreater(time.monotonic() - started, 0.3)
            waiting = pool.submit(self.receive, url, WaitTimeSeconds=20)
            time.sleep(0.05)
            self.assertFalse(waiting.done())
            self.sqs.send_message(QueueUrl=url, MessageBody="now")
            self.assertEqual(waiting.result()[0]["Body"], "now")

    def test_a_delay_hides_a_message_from_the_start(self):
        url = self.create(DelaySeconds="30")
        self.sqs.send_message(QueueUrl=url, MessageBody="later")
        self.sqs.send_message(QueueUrl=url, MessageBody="at once", DelaySeconds=0)
        self.assertEqual([message["Body"] for message in self.receive(url, MaxNumberOfMessages=10)], ["at once"])
        self.assertEqual(self.count(url, "ApproximateNumberOfMessagesDelayed"), 1)
        time.sleep(0.7)
        self.assertEqual([message["Body"] for message in self.receive(url)], ["later"])

    def test_batches_tell_of_each_entry(self):
        url = self.create()
        answer = self.sqs.send_message_batch(
            QueueUrl=url,
            Entries=[
                {"Id": "good", "MessageBody": "1"},
                {"Id": "bad", "MessageBody": "\u0001"},
                {"Id": "late", "MessageBody": "2", "DelaySeconds": 9},
            ],
        )
        self.assertEqual([entry["Id"] for entry in answer["Successful"]], ["good", "late"])
        self.assertEqual(answer["Failed"][0]["Code"], "InvalidMessageContents")
        self.assertTrue(answer["Failed"][0]["SenderFault"])
        [message] = self.receive(url)
        answer = self.sqs.change_message_visibility_batch(
            QueueUrl=url,
            Entries=[
                {"Id": "a", "ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": 100},
                {"Id": "b", "ReceiptHandle": "made up", "VisibilityTimeout": 100},
            ],
        )
        self.assertEqual([entry["Id"] for entry in answer["Successful"]], ["a"])
        self.assertEqual(answer["Failed"][0]["Code"], "ReceiptHandleIsInvalid")
        answer = self.sqs.delete_message_batch(
            QueueUrl=url, Entries=[{"Id": "a", "ReceiptHandle": message["ReceiptHandle"]}]
        )
        self.assertEqual([entry["Id"] for entry in answer["Successful"]], ["a"])

    def test_a_wrong_batch_is_refused_whole(self):
        url = self.create()
        entry = {"Id": "a", "MessageBody": "1"}
        for name, entries in (
            ("EmptyBatchRequest", []),
            ("TooManyEntriesInBatchRequest", [{**entry, "Id": str(i)} for i in range(11)]),
            ("BatchEntryIdsNotDistinct", [entry, entry]),
            ("InvalidBatchEntryId", [{**entry, "Id": "a b"}]),
            ("BatchRequestTooLong", [{"Id": str(i), "MessageBody": "x" * 600_000} for i in range(2)]),
        ):
            with self.subTest(name):
                self.assert_refused(name, self.sqs.send_message_batch, QueueUrl=url, Entries=entries)
        self.assertEqual(self.count(url), 0)

    def test_messages_that_are_wrong_are_refused(self):
        url = self.create(MaximumMessageSize="2048")
        send = self.sqs.send_message
        error = self.assert_refused("ClientError", send, QueueUrl=url, MessageBody="x" * 2049)
        self.assertEqual(error["Code"], "InvalidParameterValue")
        error = self.assert_refused("ClientError", send, QueueUrl=url, MessageBody="")
        self.assertEqual(error["Code"], "MissingParameter")
        self.assert_refused("InvalidMessageContents", send, QueueUrl=url, MessageBody="a\u0000b")
        error = self.assert_refused("ClientError", send, QueueUrl=url, MessageBody="a", DelaySeconds=901)
        self.assertEqual(error["Code"], "InvalidParameterValue")
        attributes = {f"a{i}": {"DataType": "String", "StringValue": "1"} for i in range(11)}
        error = self.assert_refused("ClientError", send, QueueUrl=url, MessageBody="a", MessageAttributes=attributes)
        self.assertEqual(error["Code"], "InvalidParameterValue")
        self.assert_refused("ReceiptHandleIsInvalid", self.sqs.delete_message, QueueUrl=url, ReceiptHandle="x")

    def test_queues_are_made_found_listed_changed_tagged_and_deleted(self):
        url = self.create("life-1", VisibilityTimeout="5")
        self.assertEqual(self.create("life-1", VisibilityTimeout="5"), url)
        self.assert_refused("QueueNameExists", self.create, name="life-1", VisibilityTimeout="6")
        self.assertEqual(self.sqs.get_queue_url(QueueName="life-1")["QueueUrl"], url)
        self.create("life-2")
        self.assertEqual(len(self.sqs.list_queues(QueueNamePrefix="life-")["QueueUrls"]), 2)
        pages = list(
            self.sqs.get_paginator("list_queues").paginate(
                QueueNamePrefix="life-", PaginationConfig={"PageSize": 1}
            )
        )
        self.assertEqual([len(page.get("QueueUrls", [])) for page in pages], [1, 1])
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"MessageRetentionPeriod": "60"})
        attributes = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        self.assertEqual(attributes["MessageRetentionPeriod"], "60")
        self.assertEqual(attributes["VisibilityTimeout"], "5")
        self.assertEqual(attributes["QueueArn"], arn("life-1"))
        self.sqs.tag_queue(QueueUrl=url, Tags={"team": "data", "x": "y"})
        self.sqs.untag_queue(QueueUrl=url, TagKeys=["x"])
        self.assertEqual(self.sqs.list_queue_tags(QueueUrl=url)["Tags"], {"team": "data"})
        self.sqs.delete_queue(QueueUrl=url)
        error = self.assert_refused("QueueDoesNotExist", self.sqs.get_queue_url, QueueName="life-1")
        self.assertEqual(error["Code"], "AWS.SimpleQueueService.NonExistentQueue")
        self.assert_refused("QueueDeletedRecently", self.create, name="life-1")
        time.sleep(1.1)
        self.create("life-1")

    def test_what_no_queue_can_be_is_refused(self):
        for name, attributes in (
            ("InvalidAttributeName", {"Colour": "red"}),
            ("InvalidAttributeValue", {"VisibilityTimeout": "43201"}),
            ("InvalidAttributeValue", {"FifoQueue": "true"}),
            ("InvalidAttributeValue", {"KmsMasterKeyId": "alias/aws/sqs"}),
            ("InvalidAttributeValue", {"RedrivePolicy": '{"maxReceiveCount":1}'}),
        ):
            with self.subTest(attributes):
                self.assert_refused(name, self.create, name="never", **attributes)
        error = self.assert_refused("ClientError", self.create, name="a b")
        self.assertEqual(error["Code"], "InvalidParameterValue")
        self.assert_refused("InvalidAttributeValue", self.create, name="a.fifo")
        self.assert_refused(
            "UnsupportedOperation",
            self.sqs.add_permission,
            QueueUrl=self.create(),
            Label="l",
            AWSAccountIds=[ACCOUNT],
            Actions=["*"],
        )

    def test_a_purged_queue_is_empty_and_not_purged_again_at_once(self):
        url = self.create()
        self.sqs.send_message(QueueUrl=url, MessageBody="a")
        self.sqs.purge_queue(QueueUrl=url)
        self.assertEqual(self.count(url), 0)
        self.assert_refused("PurgeQueueInProgress", self.sqs.purge_queue, QueueUrl=url)

    def test_retention_ends_a_message(self):
        url = self.create(MessageRetentionPeriod="60")
        self.sqs.send_message(QueueUrl=url, MessageBody="a")
        time.sleep(1.1)
        self.assertEqual(self.count(url), 0)

    def test_a_message_received_too_often_is_moved_and_can_be_moved_back(self):
        dead = self.create("dead")
        url = self.create(
            "alive",
            VisibilityTimeout="0",
            RedrivePolicy=json.dumps({"deadLetterTargetArn": arn("dead"), "maxReceiveCount": 2}),
        )
        self.sqs.send_message(QueueUrl=url, MessageBody="poison")
        for _ in range(2):
            self.assertEqual(len(self.receive(url)), 1)
            time.sleep(0.01)
        self.assertEqual(self.receive(url), [])
        self.assertEqual(self.count(dead), 1)
        self.assertEqual(self.sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"], [url])
        [message] = self.receive(dead, VisibilityTimeout=0, MessageSystemAttributeNames=["All"])
        self.assertEqual(message["Attributes"]["DeadLetterQueueSourceArn"], arn("alive"))
        self.assertEqual(message["Attributes"]["ApproximateReceiveCount"], "3")
        time.sleep(0.01)
        error = self.assert_refused("ClientError", self.sqs.start_message_move_task, SourceArn=arn("alive"))
        self.assertEqual(error["Code"], "InvalidParameterValue")
        self.sqs.start_message_move_task(SourceArn=arn("dead"))
        [task] = self.sqs.list_message_move_tasks(SourceArn=arn("dead"))["Results"]
        self.assertEqual((task["Status"], task["ApproximateNumberOfMessagesMoved"]), ("COMPLETED", 1))
        self.assertEqual((self.count(dead), self.count(url)), (0, 1))
        self.assert_refused(
            "ResourceNotFoundException", self.sqs.cancel_message_move_task, TaskHandle="there-is-none"
        )

    def test_a_slow_move_is_cancelled_under_way(self):
        dead = self.create("slow-dead")
        self.create("slow", RedrivePolicy=json.dumps({"deadLetterTargetArn": arn("slow-dead"), "maxReceiveCount": 1}))
        other = self.create("slow-other")
        for i in range(10):
            entries = [{"Id": str(j), "MessageBody": f"{i} {j}"} for j in range(10)]
            self.sqs.send_message_batch(QueueUrl=dead, Entries=entries)
        handle = self.sqs.start_message_move_task(
            SourceArn=arn("slow-dead"), DestinationArn=arn("slow-other"), MaxNumberOfMessagesPerSecond=1
        )["TaskHandle"]
        [task] = self.sqs.list_message_move_tasks(SourceArn=arn("slow-dead"))["Results"]
        self.assertEqual(task["Status"], "RUNNING")
        self.assert_refused("UnsupportedOperation", self.sqs.start_message_move_task, SourceArn=arn("slow-dead"))
        moved = self.sqs.cancel_message_move_task(TaskHandle=handle)["ApproximateNumberOfMessagesMoved"]
        self.assertLess(moved, 100)
        self.assertEqual(self.count(dead) + self.count(other), 100)

    def test_the_query_protocol_is_refused_by_name(self):
        request = urllib.request.Request(
            self.simulator.endpoint, data=b"Action=ListQueues&Version=2012-11-05", method="POST"
        )
        with self.assertRaises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request)
        self.assertIn("JSON protocol", caught.exception.read().decode())

    def test_both_clis_send_and_receive(self):
        url = self.create()
        environment = {
            **os.environ,
            "AWS_ACCESS_KEY_ID": "x",
            "AWS_SECRET_ACCESS_KEY": "x",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_PAGER": "",
        }
        for cli in (os.path.join(VENV, "aws"), "/usr/bin/aws"):
            with self.subTest(cli):
                common = [cli, "--endpoint-url", self.simulator.endpoint, "sqs"]
                run = lambda *words: subprocess.run(  # noqa: E731
                    [*common, *words, "--queue-url", url], capture_output=True, text=True, env=environment, check=False
                )
                sent = run("send-message", "--message-body", "from a shell")
                if "UnsupportedProtocol" in sent.stderr:
                    # Debian's awscli 2 is of 2022: it speaks the query protocol, and is told so.
                    self.assertIn("not the older query protocol", sent.stderr)
                    continue
                self.assertEqual(sent.returncode, 0, sent.stderr)
                received = json.loads(run("receive-message").stdout)
                self.assertEqual(received["Messages"][0]["Body"], "from a shell")

    def test_a_fault_is_met_by_the_typed_error_and_sent_again(self):
        url = self.create()
        fault = self.simulator.fault("--service", "sqs", "--queue", url.rsplit("/", 1)[-1], "--operation", "SendMessage",
                                     "--error", "InternalFailure")
        with self.assertRaises(ClientError) as caught:
            self.sqs.send_message(QueueUrl=url, MessageBody="a")
        self.assertEqual(caught.exception.response["ResponseMetadata"]["HTTPStatusCode"], 500)
        self.assertEqual(self.count(url), 0)
        self.simulator.command("fault", "clear", str(fault))
        self.simulator.fault("--service", "sqs", "--queue", url.rsplit("/", 1)[-1], "--rate", "0.2", "--duplicate",
                             "--operation", "SendMessage")
        patient = self.simulator.client("sqs", attempts=10)
        for i in range(20):
            patient.send_message(QueueUrl=url, MessageBody=str(i))
        self.simulator.command("fault", "clear")
        # What was done and answered with an error was sent again.
        self.assertGreater(self.count(url), 20)


class Copies(unittest.TestCase):
    def test_at_least_once_and_best_effort_order_by_seed(self):
        simulator = Simulator("--clock-speed", "60", "--sqs-duplicates", "0.2", "--sqs-reorder", "0.5")
        self.addCleanup(simulator.close)
        sqs = simulator.client("sqs")
        url = sqs.create_queue(QueueName="q", Attributes={"VisibilityTimeout": "30"})["QueueUrl"]
        for i in range(10):
            entries = [{"Id": str(j), "MessageBody": str(10 * i + j)} for j in range(10)]
            sqs.send_message_batch(QueueUrl=url, Entries=entries)
        bodies = []
        ended = time.monotonic() + 3
        while time.monotonic() < ended:
            for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
                bodies.append(int(message["Body"]))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        self.assertEqual(sorted(set(bodies)), list(range(100)))
        self.assertGreater(len(bodies), 105)
        self.assertNotEqual(bodies[:50], sorted(bodies[:50]))


class Restart(unittest.TestCase):
    def test_what_was_acknowledged_is_there_after_a_kill(self):
        simulator = Simulator()
        self.addCleanup(simulator.close)
        sqs = simulator.client("sqs")
        queue = sqs.create_queue(QueueName="q", Attributes={"VisibilityTimeout": "600"}, tags={"a": "b"})["QueueUrl"]
        for i in range(50):
            sqs.send_message(QueueUrl=queue, MessageBody=str(i))
        received = []
        for _ in range(2):
            received += sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
        for message in received[:5]:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        simulator.kill()
        simulator.start()
        sqs = simulator.client("sqs")
        url = sqs.get_queue_url(QueueName="q")["QueueUrl"]
        self.assertEqual(sqs.list_queue_tags(QueueUrl=url)["Tags"], {"a": "b"})
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        self.assertEqual([counts[name] for name in names], ["30", "15"])
        # A receipt of before is good after.
        sqs.delete_message(QueueUrl=url, ReceiptHandle=received[5]["ReceiptHandle"])
        counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        self.assertEqual([counts[name] for name in names], ["30", "14"])


if __name__ == "__main__":
    unittest.main()
