"""klamm as its users get it: found by CMake or pkg-config where it was installed, static and shared, or as a folder of a project."""

import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from exports import unexpected_exports

HERE = Path(__file__).resolve().parent
SOURCE, BUILD = Path(os.environ["KLAMM_SOURCE"]), Path(os.environ["KLAMM_BUILD"])
CMAKE, CXX, NM = os.environ["CMAKE"], os.environ["CXX"], os.environ["NM"]


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [str(part) for part in command],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=500,
    )


class PackageCase(unittest.TestCase):
    """Each class has a folder of its own, which goes with it."""

    folder: Path

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(tempfile.mkdtemp(prefix="klamm-package-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)

    def succeeds(self, *command: str | Path, **environment: str) -> str:
        done = run(*command, **environment)
        self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout}")
        return done.stdout

    def configure(self, project: str, *settings: str) -> Path:
        build = self.folder / project
        self.succeeds(CMAKE, "-G", "Ninja", "-S", HERE / project, "-B", build, f"-DCMAKE_CXX_COMPILER={CXX}", *settings)
        return build


class Installed:
    """What has to hold of both forms."""

    form: str

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.prefix = cls.folder / "moved"
        # Installed in one place and moved to another: no file may remember where it was.
        first = cls.folder / "first"
        for component in ("headers", cls.form):
            done = run(CMAKE, "--install", BUILD, "--prefix", first, "--component", component)
            assert done.returncode == 0, done.stdout
        first.rename(cls.prefix)

    def pkg_config(self, *arguments: str) -> list[str]:
        (place,) = {pc.parent for pc in self.prefix.rglob("*.pc")}
        return self.succeeds("pkg-config", *arguments, PKG_CONFIG_PATH=str(place)).split()

    def libraries(self, pattern: str) -> list[Path]:
        return sorted(path for path in self.prefix.rglob(pattern) if not path.is_symlink())

    def test_find_package(self) -> None:
        build = self.configure("consumer", f"-DCMAKE_PREFIX_PATH={self.prefix}")
        self.succeeds(CMAKE, "--build", build, "--target", "consumer", "consumer_tests")
        self.assertEqual(self.succeeds(build / "consumer"), "Guten Tag\n")
        self.assertEqual(self.succeeds(build / "consumer_tests"), "refused, then 1 record\n")
        self.on_asio(build)

    def test_pkg_config(self) -> None:
        program = self.folder / "by_pkg_config"
        flags = self.pkg_config(*self.pkg_config_form, "--cflags", "--libs", "klamm-broker", "klamm")
        self.succeeds(CXX, "-std=c++20", HERE / "consumer/main.cpp", *flags, "-o", program)
        where = {str(library.parent) for library in self.libraries("libklamm*")}
        self.assertEqual(self.succeeds(program, LD_LIBRARY_PATH=where.pop()), "Guten Tag\n")

    def does_not_link(self, build: Path, program: str, missing: str) -> None:
        done = run(CMAKE, "--build", build, "--target", program)
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stdout, "undefined (reference|symbol).*" + missing)

    def test_versions(self) -> None:
        self.assertEqual(self.pkg_config("--modversion", "klamm"), self.pkg_config("--modversion", "klamm-broker"))


class Static(Installed, PackageCase):
    form = "static"
    pkg_config_form = ("--static",)

    def on_asio(self, build: Path) -> None:
        """The application's header-only Asio and the one inside are one, or do not come together."""
        self.succeeds(CMAKE, "--build", build, "--target", "consumer_asio")
        self.assertEqual(self.succeeds(build / "consumer_asio"), "offset 0\n")
        self.does_not_link(build, "consumer_other_asio", "adopt_asio_executor<1>")
        self.succeeds(CMAKE, "--build", build, "--target", "consumer_timer")
        self.assertEqual(self.succeeds(build / "consumer_timer"), "posted\nrang\n")

    def test_one_archive_each(self) -> None:
        self.assertEqual([path.name for path in self.libraries("libklamm*")], ["libklamm-broker.a", "libklamm-testing.a", "libklamm.a"])
        # Only static libraries are there: what they need comes without --static, too.
        self.assertEqual(set(self.pkg_config("--libs", "klamm")) - set(self.pkg_config("--static", "--libs", "klamm")), set())

    def test_headers(self) -> None:
        public = {path.relative_to(root) for root in self.roots() for path in root.rglob("*.hpp")} - {Path("klamm/inspect.hpp")}
        found = {path.relative_to(self.prefix / "include") for path in (self.prefix / "include").rglob("*.*")}
        self.assertEqual(found, public | {Path("klamm/detail/errc_table.hpp")})

    @staticmethod
    def roots() -> tuple[Path, Path]:
        return SOURCE / "sdk/include", SOURCE / "broker/include"

    def test_all_of_it(self) -> None:
        """What `cmake --install` does unless it is told more: programs and licence too, one form, nothing of Python's."""
        everything = self.folder / "everything"
        self.succeeds(CMAKE, "--install", BUILD, "--prefix", everything)
        self.assertEqual(sorted(path.name for path in (everything / "bin").iterdir()), ["kcli", "klamm-broker"])
        self.assertIn("0.", self.succeeds(everything / "bin/kcli", "--version"))
        self.assertEqual(sorted(path.name for path in everything.iterdir()), ["bin", "include", "lib", "share"])
        self.assertTrue((everything / "share/doc/klamm/LICENSE").is_file())
        kinds = {path.suffix for path in everything.rglob("libklamm*") if not path.is_symlink()}
        self.assertEqual(len(kinds), 1, kinds)


class Shared(Installed, PackageCase):
    form = "shared"
    pkg_config_form = ()

    def on_asio(self, build: Path) -> None:
        """Two copies of Asio cannot share an io_context: who asks for it hears so from the linker."""
        self.does_not_link(build, "consumer_asio", "adopt_asio_executor")

    def test_one_library_each(self) -> None:
        version = self.pkg_config("--modversion", "klamm")[0]
        found = [path.name for path in self.libraries("libklamm*")]
        self.assertEqual(found, [f"libklamm{part}.so.{version}" for part in ("-broker", "-testing", "")])

    def test_needs_nothing_else(self) -> None:
        self.assertEqual([flag for flag in self.pkg_config("--libs", "klamm") if flag.startswith("-l")], ["-lklamm"])

    def test_exports(self) -> None:
        """The public API is what is exported, and all that is."""
        headers = [path.read_text(encoding="utf-8") for path in (self.prefix / "include").rglob("*.hpp")]
        for library in self.libraries("libklamm*.so.*"):
            listed = self.succeeds(NM, "-D", "--defined-only", "-C", library)
            self.assertEqual(unexpected_exports(listed, headers), [], library.name)
            self.assertGreater(listed.count("\n"), 5)


class Subdirectory(PackageCase):
    """Configured, and one module compiled; the whole SDK once more takes minutes, which KLAMM_PACKAGE_FULL=1 spends."""

    def test_add_subdirectory(self) -> None:
        build = self.configure("subproject", f"-DKLAMM_SOURCE={SOURCE}")
        if os.environ.get("KLAMM_PACKAGE_FULL"):
            self.succeeds(CMAKE, "--build", build)
            self.succeeds(build / "subproject")
        else:
            self.succeeds(CMAKE, "--build", build, "--target", "klamm_base", "klamm_errc_table")


if __name__ == "__main__":
    unittest.main()
