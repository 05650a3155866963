"""Firehose's whole control plane and its processing, by unmodified clients against a running simulator."""

import base64
import gzip
import io
import json
import pathlib
import shutil
import struct
import tempfile
import time
import unittest
import zipfile

import cramjam
from botocore.config import Config
from botocore.exceptions import ClientError

import test_clients as base

HERE = pathlib.Path(__file__).parent
LOG = HERE.parents[2] / "shared" / "data" / "access.log.gz"
FUNCTION = "arn:aws:lambda:ap-northeast-1:000000000000:function:"


def processor(kind, **parameters):
    listed = [{"ParameterName": name, "ParameterValue": value} for name, value in parameters.items()]
    return {"Type": kind, **({"Parameters": listed} if listed else {})}


def processing(*processors):
    return {"Enabled": True, "Processors": list(processors)}


def jq(query):
    return processor("MetadataExtraction", MetadataExtractionQuery=query, JsonParsingEngine="JQ-1.6")


def partitioned(prefix, *processors):
    return {
        **base.destination("unused"),
        "Prefix": prefix,
        "CompressionFormat": "UNCOMPRESSED",
        "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 60},
        "DynamicPartitioningConfiguration": {"Enabled": True},
        "ProcessingConfiguration": processing(*processors),
    }


class Firehose(base.Boto3):
    """The clients of base.Boto3, without its tests."""

    flags = ()
    options = {}

    @classmethod
    def setUpClass(cls):
        cls.simulator = base.Simulator(*cls.flags, **cls.options)

    def create(self, name, destination=None, **more):
        firehose = self.client("firehose")
        firehose.create_delivery_stream(
            DeliveryStreamName=name,
            ExtendedS3DestinationConfiguration=destination or base.destination(name),
            **more,
        )
        return firehose

    def describe(self, name):
        answer = self.client("firehose").describe_delivery_stream(DeliveryStreamName=name)
        return answer["DeliveryStreamDescription"]

    def objects(self, prefix, bucket="lake"):
        s3 = self.client("s3")
        found = {}
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for item in page.get("Contents", []):
                found[item["Key"]] = s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read()
        return found

    def deliver(self, name, records, firehose):
        for start in range(0, len(records), 500):
            rows = [{"Data": record} for record in records[start : start + 500]]
            answer = firehose.put_record_batch(DeliveryStreamName=name, Records=rows)
            self.assertEqual(answer["FailedPutCount"], 0)
        self.simulator.flush()


for inherited in [name for name in vars(base.Boto3) if name.startswith("test_")]:
    setattr(Firehose, inherited, None)


class ControlPlane(Firehose):
    def test_a_destination_is_updated_by_version(self):
        firehose = self.create("update")
        asked = {
            "DeliveryStreamName": "update",
            "DestinationId": "destinationId-000000000001",
            "ExtendedS3DestinationUpdate": {"Prefix": "updated/", "CompressionFormat": "ZIP"},
        }
        with self.assertRaises(firehose.exceptions.ConcurrentModificationException) as refused:
            firehose.update_destination(CurrentDeliveryStreamVersionId="9", **asked)
        self.assertIn("current version id: 1 and specified version id: 9", str(refused.exception))
        firehose.update_destination(CurrentDeliveryStreamVersionId="1", **asked)
        described = self.describe("update")
        self.assertEqual(described["VersionId"], "2")
        self.assertIn("LastUpdateTimestamp", described)
        s3 = described["Destinations"][0]["ExtendedS3DestinationDescription"]
        # What the update left out stays; expressions of the error prefix too.
        self.assertEqual((s3["Prefix"], s3["CompressionFormat"]), ("updated/", "ZIP"))
        self.assertEqual(s3["BufferingHints"], base.LAKE["BufferingHints"])
        self.assertEqual(s3["ErrorOutputPrefix"], base.LAKE["ErrorOutputPrefix"])
        self.deliver("update", [b"x"], firehose)
        (key,) = self.objects("updated/")
        self.assertRegex(key, r"^updated/\d{4}/\d\d/\d\d/\d\d/update-2-")

    def test_tags_come_in_pages_and_have_bounds(self):
        tags = [{"Key": f"k{i}", "Value": str(i)} for i in range(5)]
        firehose = self.create("tags", Tags=tags)
        page = firehose.list_tags_for_delivery_stream(DeliveryStreamName="tags", Limit=3)
        self.assertEqual((page["Tags"], page["HasMoreTags"]), (tags[:3], True))
        page = firehose.list_tags_for_delivery_stream(
            DeliveryStreamName="tags", ExclusiveStartTagKey="k2"
        )
        self.assertEqual((page["Tags"], page["HasMoreTags"]), (tags[3:], False))
        firehose.untag_delivery_stream(DeliveryStreamName="tags", TagKeys=["k0", "unknown"])
        with self.assertRaises(firehose.exceptions.LimitExceededException):
            many = [{"Key": f"m{i}"} for i in range(47)]
            firehose.tag_delivery_stream(DeliveryStreamName="tags", Tags=many)
        self.assertEqual(
            len(firehose.list_tags_for_delivery_stream(DeliveryStreamName="tags")["Tags"]), 4
        )

    def test_encryption_is_said_where_aws_says_it(self):
        firehose = self.create("encrypted")
        self.assertFalse(
            firehose.put_record(DeliveryStreamName="encrypted", Record={"Data": b"x"})["Encrypted"]
        )
        firehose.start_delivery_stream_encryption(DeliveryStreamName="encrypted")
        state = self.describe("encrypted")["DeliveryStreamEncryptionConfiguration"]
        self.assertEqual(state, {"Status": "ENABLED", "KeyType": "AWS_OWNED_CMK"})
        self.assertTrue(
            firehose.put_record(DeliveryStreamName="encrypted", Record={"Data": b"x"})["Encrypted"]
        )
        for _ in range(24):
            firehose.stop_delivery_stream_encryption(DeliveryStreamName="encrypted")
        with self.assertRaises(firehose.exceptions.LimitExceededException):
            firehose.start_delivery_stream_encryption(DeliveryStreamName="encrypted")

    def test_lists_come_in_pages(self):
        for name in ("page-c", "page-a", "page-b"):
            firehose = self.create(name)
        page = firehose.list_delivery_streams(Limit=2, ExclusiveStartDeliveryStreamName="page-")
        self.assertEqual(page["DeliveryStreamNames"], ["page-a", "page-b"])
        self.assertTrue(page["HasMoreDeliveryStreams"])


class Beginning(Firehose):
    options = {"creating_s": 2, "quota": "tokyo-2026"}

    def test_a_stream_is_creating_before_it_is_active(self):
        firehose = self.create("young")
        self.assertEqual(self.describe("young")["DeliveryStreamStatus"], "CREATING")
        with self.assertRaises(firehose.exceptions.ResourceNotFoundException):
            firehose.put_record(DeliveryStreamName="young", Record={"Data": b"x"})
        with self.assertRaises(firehose.exceptions.ResourceInUseException):
            firehose.delete_delivery_stream(DeliveryStreamName="young")
        deadline = time.monotonic() + 30
        while self.describe("young")["DeliveryStreamStatus"] != "ACTIVE":
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.5)
        firehose.put_record(DeliveryStreamName="young", Record={"Data": b"x"})

    def test_the_control_plane_answers_five_calls_a_second(self):
        firehose = self.client("firehose")
        with self.assertRaises(ClientError) as refused:
            for _ in range(50):
                firehose.list_tags_for_delivery_stream(DeliveryStreamName="nobody-at-all")
        # Five are told that there is no such stream, the next that they are too fast.
        codes = {refused.exception.response["Error"]["Code"]}
        while "ThrottlingException" not in codes:
            with self.assertRaises(ClientError) as refused:
                firehose.list_tags_for_delivery_stream(DeliveryStreamName="nobody-at-all")
            codes.add(refused.exception.response["Error"]["Code"])
        self.assertEqual(codes, {"ResourceNotFoundException", "ThrottlingException"})
        # A client with the SDK's own retries never sees it.
        patient = base.boto3.client(
            "firehose",
            endpoint_url=self.simulator.endpoint,
            region_name=base.REGION,
            aws_access_key_id=base.KEYS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=base.KEYS["AWS_SECRET_ACCESS_KEY"],
            config=Config(retries={"mode": "standard", "total_max_attempts": 10}),
        )
        attempts = [
            patient.list_delivery_streams()["ResponseMetadata"]["RetryAttempts"] for _ in range(12)
        ]
        self.assertGreater(sum(attempts), 0)


def snappy_java(data):
    if data[:8] != b"\x82SNAPPY\0" or data[8:16] != struct.pack(">ii", 1, 1):
        raise ValueError("no stream of snappy-java")
    plain, at = b"", 16
    while at < len(data):
        (length,) = struct.unpack_from(">i", data, at)
        plain += bytes(cramjam.snappy.decompress_raw(data[at + 4 : at + 4 + length]))
        at += 4 + length
    return plain


def snappy_hadoop(data):
    plain, at = b"", 0
    while at < len(data):
        (whole,) = struct.unpack_from(">i", data, at)
        at += 4
        block = b""
        while len(block) < whole:
            (length,) = struct.unpack_from(">i", data, at)
            block += bytes(cramjam.snappy.decompress_raw(data[at + 4 : at + 4 + length]))
            at += 4 + length
        plain += block
    return plain


def unzip(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        (name,) = archive.namelist()
        return archive.read(name)


class Formats(Firehose):
    def test_other_libraries_read_every_compression(self):
        records = [b"{\"i\":%d}\n" % i for i in range(2_000)] + [bytes(range(256)) * 3_000, b""]
        for name, extension, read in (
            ("UNCOMPRESSED", "", bytes),
            ("GZIP", ".gz", gzip.decompress),
            ("ZIP", ".zip", unzip),
            ("Snappy", ".snappy", snappy_java),
            ("HADOOP_SNAPPY", ".hsnappy", snappy_hadoop),
        ):
            with self.subTest(name):
                stream = f"format-{name}"
                destination = {**base.destination(stream), "CompressionFormat": name}
                firehose = self.create(stream, destination)
                self.deliver(stream, records, firehose)
                ((key, data),) = self.objects(stream + "/").items()
                self.assertTrue(key.endswith(extension))
                self.assertEqual(read(data), b"".join(records))
                if name != "UNCOMPRESSED":
                    self.assertLess(len(data), len(b"".join(records)))

    def test_keys_and_extensions_follow_the_zone(self):
        destination = {
            **base.destination("zone"),
            "Prefix": "zone/!{timestamp:yyyy-MM-dd'T'HH}/",
            "CustomTimeZone": "Pacific/Kiritimati",
            "FileExtension": ".json.gz",
        }
        firehose = self.create("zone", destination)
        self.deliver("zone", [b"x"], firehose)
        (key,) = self.objects("zone/")
        # Fourteen hours ahead of UTC.
        ahead = [time.gmtime(time.time() + 14 * 3_600 + late) for late in (-60, 0)]
        self.assertIn(key.split("/")[1], [time.strftime("%Y-%m-%dT%H", at) for at in ahead])
        self.assertTrue(key.endswith(".json.gz"))
        self.assertIn(key.split("zone-1-")[1][:13], [time.strftime("%Y-%m-%d-%H", at) for at in ahead])

    def test_delimiters_go_behind_each_record(self):
        destination = {
            **base.destination("lines"),
            "CompressionFormat": "UNCOMPRESSED",
            "ProcessingConfiguration": processing(processor("AppendDelimiterToRecord", Delimiter="\\n")),
        }
        firehose = self.create("lines", destination)
        self.deliver("lines", [b"a", b"b"], firehose)
        self.assertEqual(list(self.objects("lines/").values()), [b"a\nb\n"])


class Partitions(Firehose):
    def test_records_are_sorted_by_their_keys(self):
        prefix = "dp/site=!{partitionKeyFromQuery:site}/day=!{partitionKeyFromQuery:day}/"
        firehose = self.create(
            "dp",
            partitioned(
                prefix,
                jq('{site:.site,day:(.ts|strftime("%d"))}'),
                processor("RecordDeAggregation", SubRecordType="JSON"),
                processor("AppendDelimiterToRecord"),
            ),
        )
        aggregated = b'{"site":"a","ts":1700000000}{"site":"b","ts":1700000000}\n{"site":"a","ts":1700100000}'
        self.deliver("dp", [aggregated, b"no json", b'{"ts":1}'], firehose)
        found = {key.rsplit("/", 1)[0]: data for key, data in self.objects("dp/").items()}
        self.assertEqual(
            found,
            {
                "dp/site=a/day=14": b'{"site":"a","ts":1700000000}\n',
                "dp/site=b/day=14": b'{"site":"b","ts":1700000000}\n',
                "dp/site=a/day=16": b'{"site":"a","ts":1700100000}\n',
            },
        )
        ((_, data),) = self.objects("errors/metadata-extraction-failed/dp-1-").items()
        errors = [json.loads(line) for line in data.splitlines()]
        self.assertEqual(
            [(error["errorMessage"], base64.b64decode(error["rawData"])) for error in errors],
            [
                ("Non JSON record provided", b"no json"),
                ("partitionKeys values must not be null or empty", b'{"ts":1}'),
            ],
        )

    def test_more_than_500_sub_records_are_not_taken_apart_and_nobody_says_so(self):
        query = jq("{k:.k}")
        split = processor("RecordDeAggregation", SubRecordType="JSON")
        firehose = self.create("many", partitioned("many/!{partitionKeyFromQuery:k}/", query, split))
        self.deliver("many", [b'{"k":1}' * 500, b'{"k":2}' * 501], firehose)
        self.assertEqual([len(data) for data in self.objects("many/").values()], [500 * 7])
        errors = b"".join(self.objects("errors/metadata-extraction-failed/many-1-").values()).splitlines()
        raw = [base64.b64decode(json.loads(line)["rawData"]) for line in errors]
        self.assertEqual(raw, [b'{"k":2}' * 501])

    @unittest.skipUnless(LOG.exists(), "there is no ../shared/data/access.log.gz")
    def test_real_log_lines_by_jq_and_the_501st_partition(self):
        lines = []
        with gzip.open(LOG, "rt", errors="replace") as log:
            for line in log:
                client, rest = line.split(" ", 1)
                lines.append(json.dumps({"client": client, "line": rest.strip()}).encode())
        clients = list(dict.fromkeys(json.loads(line)["client"] for line in lines))
        self.assertGreater(len(clients), 501)
        firehose = self.create(
            "log",
            partitioned(
                "log/client=!{partitionKeyFromQuery:client}/",
                jq("{client:.client}"),
                processor("AppendDelimiterToRecord"),
            ),
        )
        self.deliver("log", lines, firehose)
        delivered = {}
        for key, data in self.objects("log/").items():
            delivered.setdefault(key.split("/")[1], []).extend(data.splitlines())
        expected = {}
        beyond = []
        for line in lines:
            client = json.loads(line)["client"]
            if clients.index(client) < 500:
                expected.setdefault(f"client={client}", []).append(line)
            else:
                beyond.append(line)
        self.assertEqual(delivered, expected)
        errors = b"".join(self.objects("errors/activePartitionExceeded/").values()).splitlines()
        self.assertEqual([base64.b64decode(json.loads(line)["rawData"]) for line in errors], beyond)
        # Every line is in one place, and the simulator's own balance says so too.
        self.assertEqual(sum(map(len, delivered.values())) + len(beyond), len(lines))


NODE = """
export const handler = async (event) => ({
  records: event.records.map(({ recordId, data }) => {
    const line = JSON.parse(Buffer.from(data, "base64").toString());
    if (line.n % 5 === 1) return { recordId, result: "Dropped" };
    if (line.n % 5 === 2) return { recordId, result: "ProcessingFailed", data };
    const text = JSON.stringify({ ...line, seen: event.deliveryStreamArn }) + "\\n";
    return {
      recordId,
      result: "Ok",
      data: Buffer.from(text).toString("base64"),
      metadata: { partitionKeys: { part: String(line.n % 5) } },
    };
  }),
});
"""
PYTHON = """
import base64, json

def handler(event, context):
    records = []
    for record in event["records"]:
        line = json.loads(base64.b64decode(record["data"]))
        if line["n"] == 7:
            raise ValueError("seven")
        records.append({"recordId": record["recordId"], "result": "Ok", "data": record["data"]})
    return {"records": records}
"""


class Transformation(Firehose):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="edgehose-functions-"))
        (cls.folder / "shape.mjs").write_text(NODE)
        (cls.folder / "check.py").write_text(PYTHON)
        cls.flags = ("--function", f"shape={cls.folder}/shape.mjs", "--function", f"check={cls.folder}/check.py")
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        shutil.rmtree(cls.folder)

    def lines(self, count):
        return [json.dumps({"n": n}).encode() for n in range(count)]

    def test_a_node_handler_shapes_drops_fails_and_partitions(self):
        destination = partitioned(
            "shaped/!{partitionKeyFromLambda:part}/", processor("Lambda", LambdaArn=FUNCTION + "shape")
        )
        destination["S3BackupMode"] = "Enabled"
        destination["S3BackupConfiguration"] = {
            "RoleARN": base.ROLE, "BucketARN": "arn:aws:s3:::lake", "Prefix": "source/",
            "CompressionFormat": "GZIP",
        }
        firehose = self.create("shaped", destination)
        self.deliver("shaped", self.lines(1_000), firehose)
        found = {key.split("/")[1]: data.splitlines() for key, data in self.objects("shaped/").items()}
        self.assertEqual({part: len(lines) for part, lines in found.items()}, dict.fromkeys("034", 200))
        self.assertTrue(json.loads(found["3"][0])["seen"].endswith(":deliverystream/shaped"))
        errors = b"".join(self.objects("errors/processing-failed/").values()).splitlines()
        failed = [json.loads(line) for line in errors]
        failed = [error for error in failed if error["lambdaArn"] == FUNCTION + "shape"]
        self.assertEqual(len(failed), 200)
        self.assertEqual(failed[0]["errorCode"], "Lambda.ProcessingFailedStatus")
        ((_, source),) = self.objects("source/").items()
        self.assertEqual(gzip.decompress(source), b"".join(self.lines(1_000)))

    def test_a_python_handler_that_raises_is_tried_four_times(self):
        destination = {
            **base.destination("checked"),
            "ProcessingConfiguration": processing(processor("Lambda", LambdaArn=FUNCTION + "check")),
        }
        firehose = self.create("checked", destination)
        self.deliver("checked", self.lines(10), firehose)
        self.assertEqual(self.objects("checked/"), {})
        errors = b"".join(self.objects("errors/processing-failed/").values()).splitlines()
        failed = [json.loads(line) for line in errors]
        failed = [error for error in failed if error["lambdaArn"] == FUNCTION + "check"]
        self.assertEqual([error["attemptsMade"] for error in failed], [4] * 10)
        self.assertEqual({error["errorCode"] for error in failed}, {"Lambda.FunctionError"})
        self.assertEqual([base64.b64decode(error["rawData"]) for error in failed], self.lines(10))
        self.deliver("checked", self.lines(5), firehose)
        ((_, data),) = self.objects("checked/").items()
        self.assertEqual(gzip.decompress(data), b"".join(self.lines(5)))

    def test_a_function_that_is_not_there_is_refused_by_name(self):
        destination = {
            **base.destination("nobody"),
            "ProcessingConfiguration": processing(processor("Lambda", LambdaArn=FUNCTION + "nobody")),
        }
        with self.assertRaises(ClientError) as refused:
            self.create("nobody", destination)
        self.assertIn("--function NAME=FILE", str(refused.exception))


class Retention(Firehose):
    flags = ("--clock-speed", "14400")  # 24 hours in 6 seconds

    def test_what_s3_does_not_take_for_24_hours_is_lost(self):
        destination = {**base.destination("late"), "BucketARN": "arn:aws:s3:::not-there"}
        firehose = self.create("late", destination)
        firehose.put_record(DeliveryStreamName="late", Record={"Data": b"x"})
        status = f"{self.simulator.endpoint}/_edgehose/status"
        deadline = time.monotonic() + 60
        while True:
            with base.urllib.request.urlopen(status) as answer:
                (stream,) = json.load(answer)["streams"]
            if stream["lost_records"] > 0:
                break
            self.assertLess(time.monotonic(), deadline, stream)
            time.sleep(0.2)
        self.assertEqual(stream["lost_records"], 1)
        self.assertEqual(stream["buffered_records"], 0)
        self.assertGreater(stream["delivery_failures"], 10)
        lost = list(pathlib.Path(self.simulator.data).glob("firehose/late/lost-*"))
        self.assertEqual(len(lost), 1)


del Firehose

if __name__ == "__main__":
    unittest.main()
