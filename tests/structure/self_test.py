#!/usr/bin/env python3
"""Each structure check finds what was planted for it, and is silent about what is allowed."""

import sys
import tempfile
import unittest
from pathlib import Path

import include_edges
import includers
import purity
import shown_by
import size


class Planted(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)

    def plant(self, path: str, text: str):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def assert_found(self, check, *parts: str):
        found = check.findings(self.root)
        self.assertEqual(len(found), 1, found)
        for part in parts:
            self.assertIn(part, found[0])


class IncludeEdges(Planted):
    def test_an_upward_include_is_found(self):
        self.plant("sdk/wire/reader.hpp", '#include "base/ids.hpp"\n#include "link/transport.hpp"\n')
        self.assert_found(include_edges, "sdk/wire/reader.hpp:2", "sdk/wire may not include sdk/link")

    def test_the_broker_never_includes_the_client(self):
        self.plant("broker/server/main.cpp", '#include "client/client_core.hpp"\n')
        self.assert_found(include_edges, "broker/server may not include sdk/client")

    def test_users_of_the_sdk_see_public_headers_only(self):
        self.plant("cli/topic.cpp", '#include <klamm/admin.hpp>\n#include "cli/table.hpp"\n#include "wire/reader.hpp"\n')
        self.assert_found(include_edges, "cli/topic.cpp:3", "cli may not include sdk/wire")

    def test_public_headers_stand_alone(self):
        self.plant("sdk/include/klamm/producer.hpp", '#include "base/time.hpp"\n')
        self.assert_found(include_edges, "sdk/include may not include sdk/base")

    def test_a_circle_is_found_even_where_each_edge_would_be_allowed(self):
        graph = {"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}
        self.assertEqual(include_edges.cycle_in(graph), ["a", "b", "c", "a"])
        self.assertEqual(include_edges.cycle_in({"a": {"b", "c"}, "b": {"c"}}), [])

    def test_folders_of_one_layer_make_no_circle_either(self):
        self.plant("cli/demo.cpp", '#include "cli/demo/ledger.hpp"\n')
        self.plant("cli/exit_code.hpp", "")
        self.plant("cli/demo/ledger.hpp", '#include "cli/exit_code.hpp"\n')
        self.assert_found(include_edges, "cli -> cli/demo -> cli")

    def test_the_table_itself_has_no_circle(self):
        self.assertEqual(include_edges.cycle_in(include_edges.ALLOWED), [])


class Includers(Planted):
    def setUp(self):
        super().setUp()
        self.plant("sdk/base/time.hpp", "")
        self.plant("sdk/wire/reader.hpp", '#include "base/time.hpp"\n')
        self.plant("sdk/wire/reader.cpp", '#include "wire/reader.hpp"\n')
        self.plant("sdk/base/time.cpp", '#include "base/time.hpp"\n')
        self.plant("tests/unit/sdk/wire/reader_test.cpp", '#include "../base/script.hpp"\n')
        self.plant("tests/unit/sdk/base/script.hpp", '#include "base/time.hpp"\n')

    def of(self, diff: str) -> set[str]:
        return includers.includers(includers.graph_of(self.root), *includers.headers_of(diff))

    def test_a_change_is_felt_by_those_that_include_the_header(self):
        self.assertEqual(self.of("--- a/sdk/base/time.hpp\n+++ b/sdk/base/time.hpp\n-int a;\n"), {"sdk/base/time.cpp"})

    def test_a_lost_include_is_felt_by_all_that_had_it_from_there(self):
        lost = "--- a/sdk/base/time.hpp\n+++ b/sdk/base/time.hpp\n-#include <chrono>\n"
        self.assertEqual(self.of(lost), {"sdk/base/time.cpp", "sdk/wire/reader.cpp", "tests/unit/sdk/wire/reader_test.cpp"})


class Purity(Planted):
    def test_a_machine_with_a_thread_is_found(self):
        self.plant("sdk/client/sender.hpp", "#include <vector>\n#include <thread>\n")
        self.assert_found(purity, "sdk/client/sender.hpp:2", "<thread>")

    def test_a_machine_that_asks_a_clock_is_found_but_not_a_comment_about_it(self):
        self.plant("broker/group/group.cpp", "// never system_clock::now()\nauto t = steady_clock::now();\n")
        self.assert_found(purity, "broker/group/group.cpp:2")

    def test_shells_may(self):
        self.plant("sdk/net/driver.cpp", "#include <asio.hpp>\n#include <thread>\nauto t = steady_clock::now();\n")
        self.assertEqual(purity.findings(self.root), [])

    def test_a_coroutine_in_a_machine_is_found(self):
        self.plant("broker/api/00_produce.cpp", "co_return 1;\n")
        self.assert_found(purity, "coroutines are for shells")

    def test_each_coroutine_trap_is_found(self):
        for line, why in (
            ("co_await f({.topic = name});", "destroyed twice"),
            ("co_await f(1,\n  options{.topic = name});", "destroyed twice"),
            ("if (co_await ready()) go();", "hoist it"),
            ("auto [a, b] = co_await f();", "one object"),
            ('co_await f({"a", "b"});', "braced list"),
        ):
            with self.subTest(line):
                self.plant("examples/e.cpp", line + "\n")
                self.assert_found(purity, why)

    def test_sound_coroutines_pass(self):
        self.plant("examples/e.cpp", "options o{.topic = t};\nauto r = co_await f(std::move(o));\nif (r) co_return;\n")
        self.assertEqual(purity.findings(self.root), [])

    def test_a_sleeping_test_is_found(self):
        self.plant("tests/unit/x_test.cpp", "std::this_thread::sleep_for(1s);\n")
        self.assert_found(purity, "nothing sleeps")


BLOCK = "".join(f"  total += weight_{n} * {n};\n" for n in range(6))


class Size(Planted):
    def test_a_block_that_stands_twice_is_found_once(self):
        self.plant("sdk/base/a.cpp", "int a() {\n" + BLOCK + "}\n")
        self.plant("sdk/base/b.cpp", "int b() {\n\n" + BLOCK.replace("  total", "      total") + "  more();\n}\n")
        self.assert_found(size, "sdk/base/b.cpp:3", "sdk/base/a.cpp:2")

    def test_five_lines_are_no_block(self):
        five = "".join(BLOCK.splitlines(keepends=True)[:5])
        self.plant("sdk/base/a.cpp", five)
        self.plant("sdk/base/b.cpp", five)
        self.assertEqual(size.findings(self.root), [])

    def test_long_files_are_found_when_they_are_more_than_one_in_twenty(self):
        for number in range(20):
            self.plant(f"sdk/base/f{number}.hpp", "#pragma once\n")
        self.plant("sdk/base/long.hpp", "\n" * 401)
        self.assertEqual(size.findings(self.root), [])
        self.plant("sdk/base/longer.hpp", "\n" * 402)
        found = size.findings(self.root)
        self.assertIn("2 of 22 files are too long", found[0])


class ShownBy(Planted):
    def page(self, row: str):
        self.plant("docs/client.md", f"# Claims\n\n| flush | {row} |\n")
        self.plant("tests/unit/sdk/api/flush_test.cpp", 'TEST_CASE(\n    "a flush ends "\n    "every linger") {\n}\n')
        self.plant("tests/python/test_klamm.py", "def test_flush(self):\n    pass\n")

    def test_what_is_there_is_found_however_it_is_written(self):
        self.page('`api/flush_test.cpp` "a flush ends every linger"; `tests/python/test_klamm.py` test_flush, both')
        self.assertEqual(shown_by.findings(self.root), [])

    def test_a_case_of_another_name_is_missed(self):
        self.page('`api/flush_test.cpp` "a flush ends all lingers"')
        self.assert_found(shown_by, "docs/client.md:3", 'flush_test.cpp has no "a flush ends all lingers"')

    def test_a_function_of_another_name_is_missed(self):
        self.page("`tests/python/test_klamm.py` test_flushes")
        self.assert_found(shown_by, 'test_klamm.py has no "test_flushes"')

    def test_a_file_that_has_gone_is_missed(self):
        self.page("`api/flushing_test.cpp`")
        self.assert_found(shown_by, "there is no api/flushing_test.cpp")


if __name__ == "__main__":
    sys.exit(unittest.main())
