"""`edgehose up` in a folder of its own, and unmodified clients of it."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import urllib.request

import boto3
from botocore.config import Config

EDGEHOSE = os.environ["EDGEHOSE_BIN"]
REGION = "ap-northeast-1"
ACCOUNT = "000000000000"


class Simulator:
    """Flags are those of `edgehose up`. Ended, and its folder removed, by close()."""

    def __init__(self, *flags):
        self.data = tempfile.mkdtemp(prefix="edgehose-conformance-")
        self.flags = flags
        self.start()

    def start(self):
        common = ["--data", self.data, "--port", "0", "--no-fsync", "--seed", "7", "--creating-seconds", "0"]
        self.process = subprocess.Popen(
            [EDGEHOSE, "up", *common, *self.flags], stdout=subprocess.PIPE, text=True
        )
        self.ready = json.loads(self.process.stdout.readline())
        self.endpoint = self.ready["endpoint"]

    def kill(self):
        """As kill -9 does, in the middle of whatever it is at."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()
        shutil.rmtree(self.data)

    def client(self, service, attempts=1, endpoint=None, **more):
        return boto3.client(
            service,
            endpoint_url=endpoint or self.endpoint,
            region_name=REGION,
            aws_access_key_id="x",
            aws_secret_access_key="x",
            config=Config(
                retries={"mode": "legacy", "total_max_attempts": attempts}, s3={"addressing_style": "path"}, **more
            ),
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
        with urllib.request.urlopen(self.endpoint + "/_edgehose/status") as answer:
            return json.load(answer)

    def flush(self):
        """Delivers what the streams hold."""
        request = urllib.request.Request(self.endpoint + "/_edgehose/flush", method="POST")
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)
