"""What is in the image."""

import json
import tarfile
import tempfile
import unittest

from engine import IMAGE, engine


class Contents(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        packed = tempfile.NamedTemporaryFile(suffix=".tar")
        cls.addClassCleanup(packed.close)
        container = engine("create", IMAGE).stdout.split()[-1]
        engine("export", "--output", packed.name, container)
        engine("rm", container)
        cls.archive = tarfile.open(packed.name)
        cls.addClassCleanup(cls.archive.close)
        cls.files = {member.name.removeprefix("./"): member for member in cls.archive.getmembers()}
        cls.config = json.loads(engine("image", "inspect", IMAGE).stdout)[0]

    def text(self, path):
        return self.archive.extractfile(self.files[path]).read().decode()

    def test_its_only_program_is_stoa(self):
        # No shell, no compiler and no package manager; a library may be marked as a program.
        files = [name for name, member in self.files.items() if member.isfile() and member.mode & 0o111]
        self.assertEqual([name for name in files if ".so" not in name], ["usr/bin/stoa"])

    def test_no_file_gives_rights_and_only_two_folders_are_open(self):
        self.assertEqual([name for name, member in self.files.items() if member.mode & 0o6000], [])
        open_to_all = [name for name, member in self.files.items() if member.mode & 0o002 and not member.issym()]
        # The engine makes some of these itself, for what it mounts there.
        self.assertLessEqual({name.strip("/") for name in open_to_all}, {"tmp", "dev", "proc", "sys", "run"})
        self.assertEqual(self.files["var/lib/stoa"].uid, 65532)

    def test_it_runs_as_a_user_and_says_what_it_is(self):
        config = self.config["Config"]
        self.assertEqual(config["User"], "65532:65532")
        self.assertEqual(config["Entrypoint"], ["/usr/bin/stoa"])
        self.assertLessEqual({"STOA_DATA_DIR=/var/lib/stoa", "STOA_ASSETS_DIR=/opt/stoa"}, set(config["Env"]))
        for label in ("title", "description", "licenses", "version", "revision", "base.name"):
            self.assertTrue(config["Labels"].get(f"org.opencontainers.image.{label}"), label)

    def test_it_has_the_runtime_and_no_model(self):
        self.assertIn("opt/stoa/lib/libonnxruntime.so", self.files)
        inside = [name for name in self.files if name.startswith("opt/stoa/models/") and name != "opt/stoa/models/"]
        self.assertEqual(inside, [])
        self.assertLess(sum(member.size for member in self.files.values()), 260 << 20)

    def test_licences_are_inside(self):
        documents = "usr/share/doc"
        self.assertIn("Apache License", self.text(f"{documents}/stoa/LICENSE"))
        self.assertIn("WordNet", self.text(f"{documents}/stoa/NOTICE"))
        self.assertIn("tokio 1.", self.text(f"{documents}/stoa/THIRD-PARTY.txt"))
        self.assertIn("MIT License", self.text(f"{documents}/stoa/onnxruntime/LICENSE"))
        for package in ("libc6", "libgcc-s1", "libgomp1", "libstdc++6"):
            self.assertIn(f"{documents}/{package}/copyright", self.files)
            self.assertIn(f"Package: {package}\n", self.text(f"var/lib/dpkg/status.d/{package}"))

    def test_the_bill_lists_what_is_inside(self):
        bill = json.loads(self.text("usr/share/doc/stoa/sbom.cdx.json"))
        self.assertEqual((bill["bomFormat"], bill["specVersion"]), ("CycloneDX", "1.6"))
        kinds = [component["purl"].split("/")[0] for component in bill["components"]]
        self.assertGreater(kinds.count("pkg:cargo"), 500)
        self.assertGreater(kinds.count("pkg:deb"), 4)
        names = {component["name"] for component in bill["components"]}
        self.assertLessEqual({"tokio", "onnxruntime", "libc6", "llama-cpp-sys-2"}, names)
        self.assertNotIn("windows-sys", names, "no crate of another platform")
        self.assertEqual([one["name"] for one in bill["components"] if not one.get("version")], [])
