"""What a stranger can do to a running simulator, and how it ends when told to."""

import json
import resource
import socket
import unittest
import urllib.parse
import urllib.request

import test_clients as base

IDLE = 10_000


class Hostility(base.WithSimulator):
    def connect(self):
        where = urllib.parse.urlsplit(self.simulator.endpoint)
        return socket.create_connection((where.hostname, where.port), timeout=30)

    def status(self):
        with urllib.request.urlopen(f"{self.simulator.endpoint}/_edgehose/status", timeout=30) as answer:
            return json.load(answer)

    def test_10_000_idle_connections_leave_it_answering(self):
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        if hard != resource.RLIM_INFINITY and hard < IDLE + 1_000:
            self.skipTest(f"ulimit -Hn {hard} allows no {IDLE} sockets")
        soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        idle = []
        try:
            for number in range(IDLE):
                idle.append(self.connect())
                if number % 10 == 0:
                    idle[-1].sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
            self.assertIn("streams", self.status())
        finally:
            for client in idle:
                client.close()
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    def test_oversized_headers_and_garbage_cost_their_sender_the_connection(self):
        for text, wanted in (
            (b"GET / HTTP/1.1\r\nX-Long: " + b"x" * 70_000 + b"\r\n\r\n", b"HTTP/1.1 431"),
            (b"\x00\x01garbage\r\n\r\n", b"HTTP/1.1 400"),
        ):
            with self.connect() as client:
                client.sendall(text)
                answer = b""
                try:
                    while got := client.recv(4096):
                        answer += got
                except ConnectionResetError:
                    pass
                self.assertTrue(answer.startswith(wanted), answer[:100])
        self.assertIn("streams", self.status())


class End(unittest.TestCase):
    def test_sigterm_prints_a_balance(self):
        simulator = base.Simulator()
        self.simulator = simulator
        client = base.Boto3.client(self, "firehose")
        client.create_delivery_stream(
            DeliveryStreamName="end", ExtendedS3DestinationConfiguration=base.destination("end")
        )
        client.put_record_batch(DeliveryStreamName="end", Records=[{"Data": b"x\n"}] * 3)
        simulator.process.terminate()
        said = json.loads(simulator.process.stdout.readline())
        # Waited for before stop() sends another signal, which would end what is ending already.
        self.assertEqual(simulator.process.wait(timeout=30), 0)
        simulator.stop()
        stream = {"stream": "end", "accepted_records": 3, "delivered_records": 0, "delivered_objects": 0, "lost_records": 0}
        self.assertEqual(said, {"balance": [{**stream, "journal_records": 3}]})


if __name__ == "__main__":
    unittest.main()
