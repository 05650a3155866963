"""S3 as boto3, both aws CLIs and rclone use it: parts, copies, conditions, lists, digests."""

import base64
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.request
import zlib

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

import test_clients as base

MIB = 1 << 20


def noise(count, seed=b"noise"):
    """Bytes that repeat nowhere, so that a part in the wrong place is seen."""
    blocks = []
    for at in range(0, count, 32):
        seed = hashlib.sha256(seed).digest()
        blocks.append(seed)
    return b"".join(blocks)[:count]


def etag_of_parts(*parts):
    digests = b"".join(hashlib.md5(part).digest() for part in parts)
    return f'"{hashlib.md5(digests).hexdigest()}-{len(parts)}"'


def crc32_base64(content):
    return base64.b64encode(zlib.crc32(content).to_bytes(4, "big")).decode()


class Boto3(base.WithSimulator):
    client = base.Boto3.client

    def setUp(self):
        self.s3 = self.client("s3")

    def refused(self, code, status, call, **arguments):
        with self.assertRaises(ClientError) as caught:
            call(**arguments)
        answer = caught.exception.response
        self.assertEqual(answer["Error"]["Code"], code)
        self.assertEqual(answer["ResponseMetadata"]["HTTPStatusCode"], status)
        return caught.exception

    def begin(self, key, **more):
        return {
            "Bucket": "lake",
            "Key": key,
            "UploadId": self.s3.create_multipart_upload(Bucket="lake", Key=key, **more)["UploadId"],
        }

    def test_parts_become_one_object(self):
        first, last = noise(5 * MIB), noise(1000, b"last")
        upload = self.begin(
            "parts/whole", ContentType="x/y", Metadata={"k": "v"}, ChecksumAlgorithm="CRC32"
        )
        # In any order, and one of them twice: the later one counts.
        two = self.s3.upload_part(**upload, PartNumber=7, Body=last)
        self.s3.upload_part(**upload, PartNumber=2, Body=b"replaced")
        one = self.s3.upload_part(**upload, PartNumber=2, Body=first)
        listed = self.s3.list_parts(**upload)
        self.assertEqual([part["PartNumber"] for part in listed["Parts"]], [2, 7])
        self.assertEqual([part["Size"] for part in listed["Parts"]], [5 * MIB, 1000])
        uploads = self.s3.list_multipart_uploads(Bucket="lake", Prefix="parts/whole")["Uploads"]
        self.assertEqual([entry["UploadId"] for entry in uploads], [upload["UploadId"]])
        parts = [
            {"PartNumber": 2, "ETag": one["ETag"], "ChecksumCRC32": one["ChecksumCRC32"]},
            {"PartNumber": 7, "ETag": two["ETag"], "ChecksumCRC32": two["ChecksumCRC32"]},
        ]
        self.assertEqual(self.s3.list_objects_v2(Bucket="lake", Prefix="parts/")["KeyCount"], 0)
        done = self.s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
        self.assertEqual(done["ETag"], etag_of_parts(first, last))
        crcs = b"".join(zlib.crc32(part).to_bytes(4, "big") for part in (first, last))
        self.assertEqual(done["ChecksumCRC32"], crc32_base64(crcs) + "-2")
        got = self.s3.get_object(Bucket="lake", Key="parts/whole", ChecksumMode="ENABLED")
        self.assertEqual(got["Body"].read(), first + last)
        self.assertEqual((got["ContentType"], got["Metadata"]), ("x/y", {"k": "v"}))
        self.assertEqual(got["ETag"], done["ETag"])
        self.assertEqual(got["ChecksumType"], "COMPOSITE")
        self.assertNotIn("Uploads", self.s3.list_multipart_uploads(Bucket="lake"))
        self.refused("NoSuchUpload", 404, self.s3.list_parts, **upload)

    def test_parts_that_make_no_object_are_named(self):
        upload = self.begin("parts/refused")
        small = self.s3.upload_part(**upload, PartNumber=1, Body=b"small")["ETag"]
        last = self.s3.upload_part(**upload, PartNumber=2, Body=b"last")["ETag"]

        def refused(code, *parts):
            listed = {"Parts": [{"PartNumber": number, "ETag": etag} for number, etag in parts]}
            call = self.s3.complete_multipart_upload
            self.refused(code, 400, call, **upload, MultipartUpload=listed)

        refused("EntityTooSmall", (1, small), (2, last))
        refused("InvalidPartOrder", (2, last), (1, small))
        refused("InvalidPart", (1, last))
        refused("InvalidPart", (3, last))
        refused("MalformedXML")
        self.refused("InvalidArgument", 400, self.s3.upload_part, **upload, PartNumber=10_001, Body=b"")
        self.refused("InvalidArgument", 400, self.s3.upload_part, **upload, PartNumber=0, Body=b"")
        self.s3.abort_multipart_upload(**upload)
        missing = self.refused("NoSuchUpload", 404, self.s3.abort_multipart_upload, **upload)
        self.assertIsInstance(missing, self.s3.exceptions.NoSuchUpload)
        for wrong in ("../../../lock", "0" * 32, "x"):
            upload["UploadId"] = wrong
            self.refused("NoSuchUpload", 404, self.s3.upload_part, **upload, PartNumber=1, Body=b"")

    def test_files_above_8_mib_go_and_come_in_parts(self):
        content = noise(20 * MIB + 17)
        with tempfile.TemporaryDirectory() as folder:
            source, back = pathlib.Path(folder) / "source", pathlib.Path(folder) / "back"
            source.write_bytes(content)
            self.s3.upload_file(str(source), "lake", "large/file")
            head = self.s3.head_object(Bucket="lake", Key="large/file")
            self.assertEqual(head["ETag"][-3:], '-3"')
            self.s3.download_file("lake", "large/file", str(back))
            self.assertEqual(back.read_bytes(), content)
        # Copied in parts by ranges of the source.
        small = TransferConfig(multipart_threshold=8 * MIB, multipart_chunksize=8 * MIB)
        self.s3.copy({"Bucket": "lake", "Key": "large/file"}, "lake", "large/copy", Config=small)
        copied = self.s3.get_object(Bucket="lake", Key="large/copy")
        self.assertEqual(copied["Body"].read(), content)
        self.assertEqual(copied["ETag"][-3:], '-3"')

    def test_copies_take_headers_along_or_get_new_ones(self):
        self.s3.put_object(Bucket="lake", Key="from/\u00e9 +&", Body=b"x", Metadata={"a": "1"})
        source = {"Bucket": "lake", "Key": "from/\u00e9 +&"}
        copied = self.s3.copy_object(Bucket="lake", Key="to/1", CopySource=source)
        self.assertEqual(copied["CopyObjectResult"]["ETag"], f'"{hashlib.md5(b"x").hexdigest()}"')
        got = self.s3.get_object(Bucket="lake", Key="to/1")
        self.assertEqual((got["Body"].read(), got["Metadata"]), (b"x", {"a": "1"}))
        replace = {"MetadataDirective": "REPLACE", "Metadata": {"b": "2"}}
        self.s3.copy_object(Bucket="lake", Key="to/1", CopySource="lake/to/1", **replace)
        self.assertEqual(self.s3.head_object(Bucket="lake", Key="to/1")["Metadata"], {"b": "2"})
        call = self.s3.copy_object
        self.refused("InvalidRequest", 400, call, Bucket="lake", Key="to/1", CopySource="lake/to/1")
        self.refused("NoSuchKey", 404, call, Bucket="lake", Key="to/2", CopySource="lake/none")
        self.refused("NoSuchBucket", 404, call, Bucket="lake", Key="to/2", CopySource="none/k")
        self.refused(
            *("PreconditionFailed", 412, call),
            **{"Bucket": "lake", "Key": "to/2", "CopySource": "lake/to/1", "CopySourceIfMatch": "no"},
        )

    def test_writes_on_condition(self):
        put = {"Bucket": "lake", "Key": "conditional"}
        self.refused("NoSuchKey", 404, self.s3.put_object, **put, Body=b"1", IfMatch='"x"')
        first = self.s3.put_object(**put, Body=b"1", IfNoneMatch="*")["ETag"]
        self.refused("PreconditionFailed", 412, self.s3.put_object, **put, Body=b"2", IfNoneMatch="*")
        self.refused("PreconditionFailed", 412, self.s3.put_object, **put, Body=b"2", IfMatch='"x"')
        self.s3.put_object(**put, Body=b"2", IfMatch=first)
        self.assertEqual(self.s3.get_object(**put)["Body"].read(), b"2")
        upload = self.begin("conditional")
        etag = self.s3.upload_part(**upload, PartNumber=1, Body=b"3")["ETag"]
        parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
        call = self.s3.complete_multipart_upload
        self.refused("PreconditionFailed", 412, call, **upload, MultipartUpload=parts, IfNoneMatch="*")
        call(**upload, MultipartUpload=parts)
        self.assertEqual(self.s3.get_object(**put)["Body"].read(), b"3")

    def test_reads_on_condition(self):
        get = {"Bucket": "lake", "Key": "read if"}
        etag = self.s3.put_object(**get, Body=b"x")["ETag"]
        modified = self.s3.head_object(**get)["LastModified"]
        earlier = modified.replace(year=modified.year - 1)
        self.refused("304", 304, self.s3.get_object, **get, IfNoneMatch=etag)
        self.refused("304", 304, self.s3.get_object, **get, IfModifiedSince=modified)
        self.refused("PreconditionFailed", 412, self.s3.get_object, **get, IfMatch='"x"')
        self.refused("PreconditionFailed", 412, self.s3.get_object, **get, IfUnmodifiedSince=earlier)
        self.assertEqual(self.s3.get_object(**get, IfModifiedSince=earlier)["Body"].read(), b"x")
        self.assertEqual(self.s3.get_object(**get, IfMatch=etag)["Body"].read(), b"x")
        told = self.s3.get_object(**get, ResponseContentType="text/told")
        self.assertEqual(told["ContentType"], "text/told")
        part = self.s3.head_object(**get, Range="bytes=0-0")
        self.assertEqual(part["ContentRange"], "bytes 0-0/1")

    def test_many_are_deleted_in_one_call(self):
        self.s3.create_bucket(
            Bucket="many", CreateBucketConfiguration={"LocationConstraint": base.REGION}
        )
        keys = ["a", "a/b", "<&>\"'", "\u00e9", "tab\there", "..", "x//"]
        for key in keys:
            self.s3.put_object(Bucket="many", Key=key, Body=b"")
        self.refused("BucketNotEmpty", 409, self.s3.delete_bucket, Bucket="many")
        wanted = {"Objects": [{"Key": key} for key in [*keys, "not there"]]}
        deleted = self.s3.delete_objects(Bucket="many", Delete=wanted)
        self.assertEqual([entry["Key"] for entry in deleted["Deleted"]], [*keys, "not there"])
        self.assertEqual(self.s3.list_objects_v2(Bucket="many")["KeyCount"], 0)
        quiet = self.s3.delete_objects(Bucket="many", Delete={**wanted, "Quiet": True})
        self.assertNotIn("Deleted", quiet)
        too_many = {"Objects": [{"Key": str(number)} for number in range(1001)]}
        self.refused("MalformedXML", 400, self.s3.delete_objects, Bucket="many", Delete=too_many)
        self.s3.delete_bucket(Bucket="many")
        self.refused("NoSuchBucket", 404, self.s3.delete_bucket, Bucket="many")
        self.assertNotIn("many", [bucket["Name"] for bucket in self.s3.list_buckets()["Buckets"]])

    def test_the_old_list_goes_on_by_marker(self):
        for number in range(5):
            self.s3.put_object(Bucket="lake", Key=f"old/{number} \u00e9/x", Body=b"")
        pages = self.s3.get_paginator("list_objects").paginate(
            Bucket="lake", Prefix="old/", PaginationConfig={"PageSize": 2}
        )
        seen = [entry["Key"] for page in pages for entry in page["Contents"]]
        self.assertEqual(seen, [f"old/{number} \u00e9/x" for number in range(5)])
        pages = self.s3.get_paginator("list_objects").paginate(
            Bucket="lake", Prefix="old/", Delimiter="/", PaginationConfig={"PageSize": 2}
        )
        seen = [entry["Prefix"] for page in pages for entry in page["CommonPrefixes"]]
        self.assertEqual(seen, [f"old/{number} \u00e9/" for number in range(5)])

    def test_errors_are_typed(self):
        errors = self.s3.exceptions
        with self.assertRaises(errors.NoSuchKey):
            self.s3.get_object(Bucket="lake", Key="none")
        with self.assertRaises(errors.NoSuchBucket):
            self.s3.list_objects_v2(Bucket="none")
        with self.assertRaises(errors.BucketAlreadyOwnedByYou):
            self.s3.create_bucket(
                Bucket="lake", CreateBucketConfiguration={"LocationConstraint": base.REGION}
            )
        self.refused("KeyTooLongError", 400, self.s3.put_object, Bucket="lake", Key="k" * 1025, Body=b"")
        self.refused(
            *("BadDigest", 400, self.s3.put_object),
            **{"Bucket": "lake", "Key": "k", "Body": b"x", "ChecksumCRC32": "AAAAAA=="},
        )
        self.refused("InvalidRange", 416, self.s3.get_object, **self.small(), Range="bytes=9-")
        self.refused("NotImplemented", 501, self.s3.get_object_acl, **self.small())
        self.refused("NotImplemented", 501, self.s3.get_bucket_versioning, Bucket="lake")
        self.refused("NotImplemented", 501, self.s3.get_bucket_lifecycle_configuration, Bucket="lake")

    def small(self):
        where = {"Bucket": "lake", "Key": "small"}
        self.s3.put_object(**where, Body=b"small")
        return where

    def test_an_object_without_a_checksum_gets_crc64nvme(self):
        plain = self.client("s3", request_checksum_calculation="when_required")
        # The published check value of CRC-64/NVME.
        answer = plain.put_object(Bucket="lake", Key="crc64", Body=b"123456789")
        expected = base64.b64encode(0xAE8B14860A799888.to_bytes(8, "big")).decode()
        self.assertEqual(answer["ChecksumCRC64NVME"], expected)
        self.assertEqual(answer["ChecksumType"], "FULL_OBJECT")
        head = plain.head_object(Bucket="lake", Key="crc64", ChecksumMode="ENABLED")
        self.assertEqual(head["ChecksumCRC64NVME"], expected)

    def test_a_presigned_url_of_version_2_is_refused_in_words(self):
        url = self.client("s3", signature_version="s3").generate_presigned_url(
            "get_object", Params=self.small(), ExpiresIn=60
        )
        with self.assertRaises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(url)
        with caught.exception as answer:
            self.assertEqual(answer.code, 400)
            self.assertIn("Please use AWS4-HMAC-SHA256", answer.read().decode())

    def test_a_presigned_url_takes_an_object_too(self):
        v4 = self.client("s3", signature_version="s3v4")
        where = {"Bucket": "lake", "Key": "pre/put"}
        url = v4.generate_presigned_url("put_object", Params=where, ExpiresIn=60)
        with urllib.request.urlopen(urllib.request.Request(url, b"by url", method="PUT")) as answer:
            self.assertEqual(answer.status, 200)
        self.assertEqual(self.s3.get_object(**where)["Body"].read(), b"by url")


class CommandLine:
    """What both versions of the aws CLI do with many and with large files."""

    aws = base.CommandLine.aws

    def test_folders_are_synchronised(self):
        with tempfile.TemporaryDirectory() as folder:
            source, back = pathlib.Path(folder) / "source", pathlib.Path(folder) / "back"
            (source / "deep" / "er").mkdir(parents=True)
            (source / "one.txt").write_text("one")
            (source / "deep" / "er" / "two \u00e9+&.txt").write_text("two")
            (source / "large.bin").write_bytes(noise(9 * MIB))
            self.aws("s3", "sync", str(source), "s3://lake/tree")
            self.assertEqual(self.aws("s3", "sync", str(source), "s3://lake/tree"), "")
            self.aws("s3", "sync", "s3://lake/tree", str(back))
            names = sorted(path.relative_to(source) for path in source.rglob("*"))
            self.assertEqual(sorted(path.relative_to(back) for path in back.rglob("*")), names)
            self.assertEqual((back / "large.bin").read_bytes(), (source / "large.bin").read_bytes())
            # Copied and moved inside the store, in parts where the CLI thinks so.
            self.aws("s3", "mv", "s3://lake/tree/one.txt", "s3://lake/tree/moved.txt")
            self.aws("s3", "cp", "s3://lake/tree/large.bin", "s3://lake/tree/again.bin")
            self.aws("s3", "cp", "s3://lake/tree/again.bin", str(back / "again.bin"))
            self.assertEqual((back / "again.bin").read_bytes(), (source / "large.bin").read_bytes())
            (source / "one.txt").unlink()
            self.aws("s3", "sync", "--delete", str(source), "s3://lake/tree")
            listed = self.aws("s3", "ls", "--recursive", "s3://lake/tree/")
            self.assertEqual(len(listed.splitlines()), 2)
            self.aws("s3", "rm", "--recursive", "s3://lake/tree")
            self.aws("s3", "ls", "s3://lake/tree/", status=1)

    def test_buckets_are_emptied_and_removed(self):
        name = "gone-" + type(self).__name__.lower()
        self.aws("s3", "mb", f"s3://{name}")
        with tempfile.NamedTemporaryFile() as file:
            self.aws("s3", "cp", file.name, f"s3://{name}/a/b")
        self.assertIn("BucketNotEmpty", self.aws("s3", "rb", f"s3://{name}", status=1))
        self.aws("s3", "rb", "--force", f"s3://{name}")
        self.assertNotIn(name, self.aws("s3", "ls"))

    def test_what_is_piped_in_comes_out(self):
        environment = {**os.environ, **base.KEYS, "AWS_DEFAULT_REGION": base.REGION}
        command = [*self.program, "--endpoint-url", self.simulator.endpoint, "s3", "cp"]
        content = noise(11 * MIB)
        put = [*command, "-", "s3://lake/piped"]
        subprocess.run(put, env=environment, input=content, check=True, timeout=120)
        got = [*command, "s3://lake/piped", "-"]
        out = subprocess.run(got, env=environment, capture_output=True, check=True, timeout=120)
        self.assertEqual(out.stdout, content)

    def test_objects_are_deleted_and_copied_by_api(self):
        with tempfile.NamedTemporaryFile() as file:
            for key in ("api/1", "api/2"):
                self.aws("s3api", "put-object", "--bucket", "lake", "--key", key, "--body", file.name)
        where = ["--bucket", "lake", "--key", "api/3"]
        self.aws("s3api", "copy-object", *where, "--copy-source", "lake/api/1")
        wanted = json.dumps({"Objects": [{"Key": f"api/{number}"} for number in (1, 2, 3)]})
        deleted = self.aws("s3api", "delete-objects", "--bucket", "lake", "--delete", wanted)
        self.assertEqual(len(json.loads(deleted)["Deleted"]), 3)
        said = self.aws("s3api", "get-object", *where, "/dev/null", status=1)
        self.assertIn("NoSuchKey", said)


class AwsCli1(CommandLine, base.WithSimulator):
    program = base.AwsCli1.program


class AwsCli2(CommandLine, base.WithSimulator):
    program = base.AwsCli2.program


@unittest.skipUnless(shutil.which("rclone"), "rclone is not installed: apt-get install rclone")
class Rclone(base.WithSimulator):
    @staticmethod
    def environment():
        # rclone's own transport takes no bundle of certificates from AWS's variable.
        return {name: value for name, value in os.environ.items() if name != "AWS_CA_BUNDLE"}

    def rclone(self, *arguments, status=0):
        settings = {
            "TYPE": "s3",
            "PROVIDER": "Other",
            "ACCESS_KEY_ID": base.KEYS["AWS_ACCESS_KEY_ID"],
            "SECRET_ACCESS_KEY": base.KEYS["AWS_SECRET_ACCESS_KEY"],
            "REGION": base.REGION,
            "ENDPOINT": self.simulator.endpoint,
        }
        environment = {f"RCLONE_CONFIG_SIM_{name}": value for name, value in settings.items()}
        result = subprocess.run(
            ["rclone", "--config", "/dev/null", "--retries", "1", "--low-level-retries", "1", *arguments],
            env={**self.environment(), **environment},
            capture_output=True,
            timeout=120,
        )
        said = result.stderr.decode()
        self.assertEqual(result.returncode, status, said)
        return result.stdout.decode()

    def test_trees_are_copied_synchronised_listed_and_deleted(self):
        with tempfile.TemporaryDirectory() as folder:
            source, back = pathlib.Path(folder) / "source", pathlib.Path(folder) / "back"
            (source / "a").mkdir(parents=True)
            (source / "a" / "b \u00e9+&#.txt").write_text("named oddly")
            (source / "plain.txt").write_text("plain")
            large = noise(17 * MIB)
            (source / "large.bin").write_bytes(large)
            parts = ["--s3-upload-cutoff", "8M", "--s3-chunk-size", "5M"]
            self.rclone("copy", *parts, str(source), "sim:lake/rclone")
            names = ["a/", "a/b \u00e9+&#.txt", "large.bin", "plain.txt"]
            self.assertEqual(sorted(self.rclone("lsf", "-R", "sim:lake/rclone").splitlines()), names)
            self.assertEqual(self.rclone("cat", "sim:lake/rclone/plain.txt"), "plain")
            self.assertEqual(self.rclone("cat", "--offset", "2", "--count", "2", "sim:lake/rclone/plain.txt"), "ai")
            # Times and digests are as they were: nothing is left to do.
            self.rclone("check", "--download", str(source), "sim:lake/rclone")
            self.rclone("sync", "sim:lake/rclone", str(back))
            self.assertEqual((back / "large.bin").read_bytes(), large)
            self.assertEqual((back / "large.bin").stat().st_mtime_ns, (source / "large.bin").stat().st_mtime_ns)
            self.rclone("copyto", "sim:lake/rclone/large.bin", "sim:lake/rclone/copied.bin")
            self.rclone("moveto", "sim:lake/rclone/plain.txt", "sim:lake/rclone/moved.txt")
            (source / "a" / "b \u00e9+&#.txt").unlink()
            self.rclone("sync", str(source), "sim:lake/rclone")
            self.assertEqual(self.rclone("lsf", "-R", "sim:lake/rclone").splitlines(), ["large.bin", "plain.txt"])
            self.rclone("delete", "sim:lake/rclone")
            self.assertEqual(self.rclone("lsf", "-R", "sim:lake/rclone"), "")

    def test_buckets_are_made_and_purged(self):
        self.rclone("mkdir", "sim:rclone-made")
        with tempfile.NamedTemporaryFile() as file:
            self.rclone("copyto", file.name, "sim:rclone-made/x/y")
        self.assertIn("rclone-made", self.rclone("lsd", "sim:"))
        self.rclone("purge", "sim:rclone-made")
        self.assertNotIn("rclone-made", self.rclone("lsd", "sim:"))


if __name__ == "__main__":
    unittest.main()
