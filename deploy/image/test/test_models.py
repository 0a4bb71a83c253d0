"""deploy/models.sh brings what its list names, and nothing else."""

import functools
import hashlib
import http.server
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

from engine import ROOT


class Models(unittest.TestCase):
    def setUp(self):
        folders = [tempfile.TemporaryDirectory() for _ in range(2)]
        for folder in folders:
            self.addCleanup(folder.cleanup)
        self.there, self.here = (Path(folder.name) for folder in folders)
        (self.there / "model.onnx").write_bytes(b"weights")
        self.checksum = hashlib.sha256(b"weights").hexdigest()
        self.asked = asked = []

        class Handler(http.server.SimpleHTTPRequestHandler):
            def log_message(self, *_):
                asked.append(self.path)

        handler = functools.partial(Handler, directory=self.there)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)

    def bring(self, checksum, path="e5/model.onnx", name="model.onnx"):
        line = f"# a comment\n{path} http://127.0.0.1:{self.server.server_port}/{name} {checksum}\n"
        return subprocess.run([ROOT / "deploy/models.sh", self.here], input=line, capture_output=True, text=True)

    def files(self):
        return [str(path.relative_to(self.here)) for path in self.here.rglob("*") if path.is_file()]

    def test_what_is_there_is_not_fetched_again(self):
        for _ in range(2):
            done = self.bring(self.checksum)
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((self.here / "e5/model.onnx").read_bytes(), b"weights")
        self.assertEqual(len(self.asked), 1)

    def test_nothing_comes_with_a_wrong_checksum(self):
        done = self.bring("0" * 64)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("checksum", done.stderr)
        self.assertEqual(self.files(), [])

    def test_what_cannot_be_fetched_leaves_nothing(self):
        done = self.bring(self.checksum, name="other.onnx")
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(self.files(), [])

    def test_no_path_leads_out(self):
        done = self.bring(self.checksum, path="../model.onnx")
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual((self.asked, self.files()), ([], []))
