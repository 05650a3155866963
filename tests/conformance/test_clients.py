"""boto3 and both aws CLIs, unmodified, against a running simulator."""

import base64
import gzip
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

REGION = "ap-northeast-1"
ROLE = "arn:aws:iam::000000000000:role/firehose"
KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "right/secret+key"}
LAKE = {
    "RoleARN": ROLE,
    "BucketARN": "arn:aws:s3:::lake",
    "Prefix": "{name}/year=!{timestamp:yyyy}/",
    "ErrorOutputPrefix": "errors/!{firehose:error-output-type}/",
    "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 900},
    "CompressionFormat": "GZIP",
}


def destination(name):
    return {**LAKE, "Prefix": LAKE["Prefix"].replace("{name}", name)}


class Simulator:
    """`edgehose up` in a folder of its own, with credentials on: every client here signs."""

    def __init__(self, *more, quota="unlimited", creating_s=0, data=None):
        self.data = data or tempfile.mkdtemp(prefix="edgehose-conformance-")
        flags = ["--data", self.data, "--port", "0", "--no-fsync", "--quota", quota]
        flags += ["--creating-seconds", str(creating_s), *more]
        flags += ["--access-key-id", KEYS["AWS_ACCESS_KEY_ID"]]
        flags += ["--secret-access-key", KEYS["AWS_SECRET_ACCESS_KEY"]]
        self.process = subprocess.Popen(
            [os.environ["EDGEHOSE_BIN"], "up", *flags],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.endpoint = json.loads(self.process.stdout.readline())["endpoint"]

    def flush(self):
        request = urllib.request.Request(f"{self.endpoint}/_edgehose/flush", method="POST")
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)["delivered_objects"]

    def stop(self):
        self.process.terminate()
        status = self.process.wait(timeout=30)
        self.process.stdout.close()
        shutil.rmtree(self.data)
        return status


class WithSimulator(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.simulator = Simulator()

    @classmethod
    def tearDownClass(cls):
        status = cls.simulator.stop()
        assert status == 0, f"edgehose up ended with {status}"


class Boto3(WithSimulator):
    def client(self, service, secret=KEYS["AWS_SECRET_ACCESS_KEY"], **config):
        return boto3.client(
            service,
            endpoint_url=self.simulator.endpoint,
            region_name=REGION,
            aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=secret,
            config=Config(retries={"total_max_attempts": 1}, **config),
        )

    def test_a_batch_arrives_in_an_object(self):
        firehose = self.client("firehose")
        firehose.create_delivery_stream(
            DeliveryStreamName="boto", ExtendedS3DestinationConfiguration=destination("boto")
        )
        described = firehose.describe_delivery_stream(DeliveryStreamName="boto")
        self.assertEqual(described["DeliveryStreamDescription"]["DeliveryStreamStatus"], "ACTIVE")
        firehose.put_record(DeliveryStreamName="boto", Record={"Data": b"1\n"})
        answer = firehose.put_record_batch(
            DeliveryStreamName="boto", Records=[{"Data": b"2\n"}, {"Data": b"\xff\x00\n"}]
        )
        self.assertEqual(answer["FailedPutCount"], 0)
        self.assertEqual(self.simulator.flush(), 1)
        s3 = self.client("s3")
        objects = s3.list_objects_v2(Bucket="lake", Prefix="boto/")["Contents"]
        self.assertEqual(len(objects), 1)
        body = s3.get_object(Bucket="lake", Key=objects[0]["Key"])["Body"].read()
        self.assertEqual(gzip.decompress(body), b"1\n2\n\xff\x00\n")
        firehose.delete_delivery_stream(DeliveryStreamName="boto")

    def test_errors_have_their_classes_and_texts(self):
        firehose = self.client("firehose")
        firehose.create_delivery_stream(
            DeliveryStreamName="errors", ExtendedS3DestinationConfiguration=destination("errors")
        )
        with self.assertRaises(firehose.exceptions.ResourceInUseException):
            firehose.create_delivery_stream(
                DeliveryStreamName="errors",
                ExtendedS3DestinationConfiguration=destination("errors"),
            )
        with self.assertRaises(firehose.exceptions.ResourceNotFoundException):
            firehose.put_record(DeliveryStreamName="nobody", Record={"Data": b""})
        with self.assertRaises(firehose.exceptions.InvalidArgumentException) as refused:
            firehose.put_record_batch(
                DeliveryStreamName="errors", Records=[{"Data": b"x" * 900_000}] * 5
            )
        self.assertIn("Records size exceeds 4 MB limit", str(refused.exception))
        with self.assertRaises(ClientError) as refused:
            firehose.put_record_batch(
                DeliveryStreamName="errors", Records=[{"Data": b"x"}] * 501
            )
        self.assertEqual(refused.exception.response["Error"]["Code"], "ValidationException")

    def test_objects_with_odd_keys_come_and_go(self):
        s3 = self.client("s3")
        s3.create_bucket(
            Bucket="odd", CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        keys = ["a b", "a+b", "a%20b", "\u00e9/\u00fc", "..", "a", "a/b", "a/b/c", "c.d", "c.d/e", "x//y/", "<&>"]
        for key in keys:
            s3.put_object(Bucket="odd", Key=key, Body=key.encode(), Metadata={"k": "v"})
        seen = []
        for page in s3.get_paginator("list_objects_v2").paginate(
            Bucket="odd", PaginationConfig={"PageSize": 5}
        ):
            seen += [entry["Key"] for entry in page["Contents"]]
        self.assertEqual(seen, sorted(keys, key=str.encode))
        for key in keys:
            found = s3.get_object(Bucket="odd", Key=key, Range="bytes=0-")
            self.assertEqual(found["Body"].read(), key.encode())
            self.assertEqual(found["Metadata"], {"k": "v"})
            s3.delete_object(Bucket="odd", Key=key)
            with self.assertRaises(ClientError) as missing:
                s3.head_object(Bucket="odd", Key=key)
            self.assertEqual(missing.exception.response["Error"]["Code"], "404")
        self.assertEqual(s3.list_objects_v2(Bucket="odd")["KeyCount"], 0)

    def test_a_presigned_url_opens_one_object(self):
        s3 = self.client("s3", signature_version="s3v4")
        s3.put_object(Bucket="lake", Key="pre signed", Body=b"by url")
        url = s3.generate_presigned_url(
            "get_object", Params={"Bucket": "lake", "Key": "pre signed"}, ExpiresIn=60
        )
        with urllib.request.urlopen(url) as answer:
            self.assertEqual(answer.read(), b"by url")

    def test_a_wrong_secret_is_refused(self):
        with self.assertRaises(ClientError) as refused:
            self.client("s3", secret="wrong").list_buckets()
        self.assertEqual(refused.exception.response["Error"]["Code"], "SignatureDoesNotMatch")
        with self.assertRaises(ClientError) as refused:
            self.client("firehose", secret="wrong").list_delivery_streams()
        self.assertEqual(refused.exception.response["Error"]["Code"], "InvalidSignatureException")


class CommandLine:
    """What both versions of the aws CLI do; the classes below say which program runs."""

    program = ""
    # Version 1 takes the text of a record as it is, version 2 expects base64.
    is_base64 = False

    def aws(self, *arguments, status=0, keys=None):
        environment = {
            **os.environ,
            **(keys or KEYS),
            "AWS_DEFAULT_REGION": REGION,
            "AWS_MAX_ATTEMPTS": "1",
            "AWS_PAGER": "",
        }
        result = subprocess.run(
            [*self.program, "--endpoint-url", self.simulator.endpoint, *arguments],
            env=environment,
            capture_output=True,
            timeout=120,
        )
        said = result.stderr.decode()
        self.assertEqual(result.returncode == 0, status == 0, said)
        return result.stdout.decode() if status == 0 else said

    def record(self, text):
        return base64.b64encode(text.encode()).decode() if self.is_base64 else text

    def test_a_stream_takes_a_batch(self):
        self.aws(
            *["firehose", "create-delivery-stream", "--delivery-stream-name", "cli"],
            *["--extended-s3-destination-configuration", json.dumps(destination("cli"))],
        )
        listed = json.loads(self.aws("firehose", "list-delivery-streams"))
        self.assertIn("cli", listed["DeliveryStreamNames"])
        records = json.dumps([{"Data": self.record(text)} for text in ("1\n", "2\n")])
        answer = self.aws(
            *["firehose", "put-record-batch", "--delivery-stream-name", "cli"],
            *["--records", records],
        )
        self.assertEqual(json.loads(answer)["FailedPutCount"], 0)
        self.simulator.flush()
        listing = self.aws("s3", "ls", "--recursive", "s3://lake/cli/")
        self.assertEqual(len(listing.splitlines()), 1)
        with tempfile.TemporaryDirectory() as folder:
            self.aws("s3", "cp", "--recursive", "s3://lake/cli/", folder)
            files = [path for path in pathlib.Path(folder).rglob("*") if path.is_file()]
            self.assertEqual([gzip.decompress(path.read_bytes()) for path in files], [b"1\n2\n"])
        self.aws("firehose", "delete-delivery-stream", "--delivery-stream-name", "cli")

    def test_a_stream_is_changed_tagged_and_encrypted(self):
        name = ["--delivery-stream-name", "changed"]
        self.aws(
            *["firehose", "create-delivery-stream", *name],
            *["--extended-s3-destination-configuration", json.dumps(destination("changed"))],
        )
        self.aws(
            *["firehose", "update-destination", *name, "--current-delivery-stream-version-id", "1"],
            *["--destination-id", "destinationId-000000000001"],
            *["--extended-s3-destination-update", json.dumps({"CompressionFormat": "Snappy"})],
        )
        self.aws("firehose", "tag-delivery-stream", *name, "--tags", "Key=team,Value=data")
        tags = json.loads(self.aws("firehose", "list-tags-for-delivery-stream", *name))
        self.assertEqual(tags["Tags"], [{"Key": "team", "Value": "data"}])
        self.aws("firehose", "untag-delivery-stream", *name, "--tag-keys", "team")
        self.aws("firehose", "start-delivery-stream-encryption", *name)
        said = json.loads(self.aws("firehose", "describe-delivery-stream", *name))
        described = said["DeliveryStreamDescription"]
        self.assertEqual(described["VersionId"], "2")
        self.assertEqual(described["DeliveryStreamEncryptionConfiguration"]["Status"], "ENABLED")
        s3 = described["Destinations"][0]["ExtendedS3DestinationDescription"]
        self.assertEqual(s3["CompressionFormat"], "Snappy")
        self.aws("firehose", "stop-delivery-stream-encryption", *name)
        self.aws("firehose", "delete-delivery-stream", *name)

    def test_a_missing_stream_is_named(self):
        said = self.aws(
            *["firehose", "describe-delivery-stream", "--delivery-stream-name", "nobody"],
            status=1,
        )
        self.assertIn("ResourceNotFoundException", said)
        self.assertIn("Firehose nobody under account 000000000000 not found.", said)

    def test_files_are_copied_listed_and_removed(self):
        with tempfile.TemporaryDirectory() as folder:
            source = pathlib.Path(folder) / "source \u00e9.txt"
            source.write_bytes(b"0123456789" * 1000)
            key = "copied/odd +&\u00e9=.txt"
            self.aws("s3", "cp", str(source), f"s3://lake/{key}")
            self.assertIn("odd +&\u00e9=.txt", self.aws("s3", "ls", "s3://lake/copied/"))
            self.assertIn("PRE copied/", self.aws("s3", "ls", "s3://lake/"))
            back = pathlib.Path(folder) / "back"
            self.aws(
                *["s3api", "get-object", "--bucket", "lake", "--key", key],
                *["--range", "bytes=5-14", str(back)],
            )
            self.assertEqual(back.read_bytes(), b"5678901234")
            head = json.loads(self.aws("s3api", "head-object", "--bucket", "lake", "--key", key))
            self.assertEqual(head["ContentLength"], 10_000)
            self.aws("s3", "rm", f"s3://lake/{key}")
            said = self.aws("s3api", "head-object", "--bucket", "lake", "--key", key, status=1)
            self.assertIn("404", said)

    def test_a_bucket_is_made_and_found(self):
        name = type(self).__name__.lower()
        self.aws("s3", "mb", f"s3://{name}")
        self.assertIn(name, self.aws("s3", "ls"))
        location = json.loads(self.aws("s3api", "get-bucket-location", "--bucket", name))
        self.assertEqual(location["LocationConstraint"], REGION)

    def test_a_wrong_secret_is_refused(self):
        keys = {**KEYS, "AWS_SECRET_ACCESS_KEY": "wrong"}
        said = self.aws("s3", "ls", status=1, keys=keys)
        self.assertIn("SignatureDoesNotMatch", said)


class AwsCli1(CommandLine, WithSimulator):
    program = [sys.executable, str(pathlib.Path(sys.executable).parent / "aws")]


class AwsCli2(CommandLine, WithSimulator):
    program = ["/usr/bin/python3", "/usr/bin/aws"]
    is_base64 = True


if __name__ == "__main__":
    unittest.main()
