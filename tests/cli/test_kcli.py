"""kcli as its users call it: options, exit statuses, interrupts, the forms of records; against a broker in a process of its own."""

import base64
import fcntl
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import termios
import unittest
from pathlib import Path

from broker import Broker, WithBroker

KCLI = os.environ["KCLI"]
LIMIT = 60


class WithKcli(WithBroker):
    def environment(self, more: "dict[str, str]") -> "dict[str, str]":
        clean = {name: value for name, value in os.environ.items() if not name.startswith("KLAMM_")}
        return clean | {"KLAMM_BOOTSTRAP": self.broker.address} | more

    def run_kcli(self, *arguments: str, stdin: "str | bytes" = "", **environment: str) -> "subprocess.CompletedProcess[str]":
        data = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(
            [KCLI, *arguments], input=data, capture_output=True, timeout=LIMIT, env=self.environment(environment)
        )
        return subprocess.CompletedProcess(arguments, done.returncode, done.stdout.decode(), done.stderr.decode())

    def kcli(self, *arguments: str, stdin: "str | bytes" = "", **environment: str) -> str:
        done = self.run_kcli(*arguments, stdin=stdin, **environment)
        self.assertEqual((done.returncode, done.stderr), (0, ""), arguments)
        return done.stdout

    def fails(self, status: int, says: str, *arguments: str, stdin: "str | bytes" = "", **environment: str) -> None:
        done = self.run_kcli(*arguments, stdin=stdin, **environment)
        self.assertEqual((done.returncode, done.stdout), (status, ""), done.stderr)
        self.assertTrue(done.stderr.startswith("kcli: "), done.stderr)
        self.assertIn(says, done.stderr)

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        started = subprocess.Popen([KCLI, *arguments], env=self.environment({}), **pipes)
        self.addCleanup(self.end, started)
        return started

    @staticmethod
    def end(process: "subprocess.Popen[bytes]") -> None:
        if process.poll() is None:
            process.kill()
        for pipe in (process.stdin, process.stdout, process.stderr):
            pipe.close()
        process.wait(LIMIT)

    def topic(self) -> str:
        name = self.id().rsplit(".", 1)[-1]
        self.kcli("topic", "create", name)
        return name

    def read(self, topic: str, *more: str) -> "list[dict[str, object]]":
        printed = self.kcli("consume", topic, "-o", "start", "-e", *more)
        return [json.loads(line) for line in printed.split("\n") if line]


class CommandLine(WithKcli):
    def test_what_any_command_takes_may_stand_before_or_behind_it(self) -> None:
        name, dead = self.topic(), {"KLAMM_BOOTSTRAP": "127.0.0.1:1"}
        at = ("-B", self.broker.address)
        self.assertIn(name, self.kcli("topic", "list", *at, "--timeout", "20s", **dead))
        self.assertIn(name, self.kcli(*at, "--timeout", "20", "topic", "list", **dead))
        self.kcli("-y", "topic", "delete", name)

    def test_the_first_that_is_given_counts(self) -> None:
        with tempfile.NamedTemporaryFile("w", suffix=".properties") as file:
            # One file for all clients: what only others have is left out.
            file.write(f"bootstrap.servers={self.broker.address}\nlinger.ms=7\nauto.offset.reset=earliest\n")
            file.flush()
            self.kcli("ping", "-C", file.name, KLAMM_BOOTSTRAP="")
            self.kcli("ping", KLAMM_BOOTSTRAP="", KLAMM_CONFIG=file.name)
            self.fails(3, "127.0.0.1:1", "-C", file.name, "ping", "--wait", "10ms", KLAMM_BOOTSTRAP="127.0.0.1:1")
            topic = self.topic()
            self.kcli("produce", topic, "-C", file.name, stdin="a\n")
        self.kcli("-X", f"metadata.broker.list={self.broker.address}", "ping", KLAMM_BOOTSTRAP="127.0.0.1:1")

    def test_what_is_wrong_is_named_and_nothing_is_done(self) -> None:
        cases = {
            "expected a command: topic, produce": (),
            "expected a command: create, list": ("topic",),
            '"topci" is no command; did you mean "topic"?': ("topci", "list"),
            '"99999999999" is no whole number from 0 to 2147483647': ("produce", "t", "-p", "99999999999"),
            '"65537" is no whole number from 1 to 32767': ("topic", "create", "t", "-r", "65537"),
            '--version: "abc" is no whole number': ("raw", "Metadata", "-v", "abc"),
            'did you mean "list"?': ("topic", "lst"),
            '"crate" is no command; did you mean "create"?': ("topic", "crate", "x", "-p", "3"),
            '"descrbe" is no command; did you mean "describe"?': ("group", "descrbe", "g"),
            'what is "one" for?': ("topic", "list", "one", "two"),
            '"extra"': ("topic", "list", "extra"),
            "no option --ouput; did you mean --output?": ("topic", "list", "--ouput", "json"),
            "no option -Q": ("topic", "list", "-Q", "x"),
            "TOPIC is required": ("consume",),
            '--partition: "-3" is no whole number from 0': ("produce", "t", "-p", "-3"),
            '--count: "x" is no whole number from 0': ("consume", "t", "-n", "x"),
            '"foo" is none of none|gzip|snappy|lz4|zstd': ("produce", "t", "-z", "foo"),
            '--timeout: "soon" is not a span of time': ("--timeout", "soon", "ping"),
            "--timeout: it has to be more than 0": ("--timeout", "0", "ping"),
            'there is no column "nope" here; there are topic, partitions': ("topic", "create", "t", "-o", "template={nope}"),
            "-f: %q is not known": ("consume", "t", "-f", "%q"),
            "-f: without %v": ("produce", "t", "-f", "%k"),
            "-H: expected NAME=VALUE": ("produce", "t", "-H", "x"),
            "FILE: cannot read /nonexistent: No such file": ("produce", "t", "/nonexistent"),
            "-C: cannot read /nonexistent: No such file": ("-C", "/nonexistent", "ping"),
            "say -y to mean it": ("topic", "delete", "t"),
            "linger (linger.ms) = x: not a whole number": ("-X", "linger.ms=x", "produce", "t"),
        }
        for says, arguments in cases.items():
            with self.subTest(says):
                self.fails(2, says, *arguments)
        self.fails(2, "KLAMM_TIMEOUT: ", "ping", KLAMM_TIMEOUT="soon")
        self.assertNotIn("t", self.kcli("topic", "list", "-o", "template={topic}\\n").splitlines())

    def test_what_is_named_twice_is_taken_once(self) -> None:
        self.assertEqual(self.kcli("topic", "create", "twice", "twice", "-o", "template={topic}\\n"), "twice\n")
        self.assertEqual(self.kcli("topic", "describe", "twice", "twice", "-o", "template={topic}\\n"), "twice\n")
        self.kcli("consume", "twice", "twice", "-o", "start", "-e")

    def test_forms_of_rows(self) -> None:
        name = self.topic()
        self.assertEqual(self.kcli("offsets", name).splitlines()[0].split(), ["TOPIC", "PARTITION", "START", "END"])
        self.assertEqual(json.loads(self.kcli("offsets", name, "-o", "json"))["end"], 0)
        self.assertEqual(self.kcli("offsets", name, "-o", "yaml"), f'- topic: "{name}"\n  partition: 0\n  start: 0\n  end: 0\n')
        self.assertEqual(self.kcli("offsets", name, "-o", "template={topic}/{partition}\\n"), f"{name}/0\n")
        self.assertEqual(json.loads(self.kcli("offsets", name, "--at", "now", KLAMM_OUTPUT="json"))["offset"], None)
        self.assertIn("IN SYNC  ELR  OFFLINE  ID", self.kcli("topic", "describe", name, "-o", "wide"))

    def test_an_error_says_once_what_could_not_be_done(self) -> None:
        done = self.run_kcli("topic", "describe", "nowhere", "-X", "allow.auto.create.topics=false")
        self.fails(1, 'cannot delete topic "nowhere": UNKNOWN_TOPIC_OR_PARTITION (', "-y", "topic", "delete", "nowhere")
        self.fails(1, 'cannot describe group "nobody": GROUP_ID_NOT_FOUND (', "group", "describe", "nobody")
        self.assertEqual(done.stderr.count("cannot describe"), 1)

    def test_no_broker(self) -> None:
        for arguments in (("topic", "list"), ("ping",), ("produce", "t"), ("consume", "t"), ("raw", "ApiVersions")):
            with self.subTest(arguments):
                self.fails(3, "127.0.0.1:1", *arguments, "-B", "127.0.0.1:1", "--timeout", "50ms")

    def test_a_broker_that_says_nothing(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            nobody = ("-B", "127.0.0.1:%d" % silent.getsockname()[1], "--timeout", "200ms")
            for arguments in (("topic", "list"), ("topic", "create", "a", "b"), ("group", "lag", "g"), ("offsets", "t")):
                with self.subTest(arguments):
                    self.fails(4, "cannot", *nobody, *arguments)


class OfTheCluster(WithKcli):
    def rows(self, *arguments: str) -> "list[dict[str, object]]":
        return [json.loads(line) for line in self.kcli(*arguments, "-o", "json").splitlines()]

    def test_brokers_quorum_and_features(self) -> None:
        brokers, quorum = self.rows("cluster", "info"), self.rows("cluster", "quorum")
        [controller] = [row["node"] for row in brokers if row["controller"]]
        [leader] = [row for row in quorum if row["status"] == "leader"]
        self.assertEqual((leader["node"], leader["lag"]), (controller, 0))
        self.assertGreater(leader["high_watermark"], 0)
        levels = {row["feature"]: row["level"] for row in self.rows("cluster", "features")}
        self.assertEqual({row["metadata_version"] for row in brokers}, {levels["metadata.version"]})

    def test_a_broker_is_forgotten_only_if_it_is_meant(self) -> None:
        self.fails(2, "say -y to mean it", "cluster", "unregister", "77")
        self.fails(1, "BROKER_ID_NOT_REGISTERED (", "-y", "cluster", "unregister", "77")

    def test_who_leads_stays_where_it_leads_already(self) -> None:
        topic = self.topic()
        expected = {"topic": topic, "partition": 0, "result": "unchanged"}
        self.assertEqual(self.rows("topic", "elect", topic), [expected])
        self.assertEqual(self.rows("topic", "elect", f"{topic}/0"), [expected])
        self.fails(1, f'cannot elect a leader of "{topic}/9": UNKNOWN_TOPIC_OR_PARTITION (', "topic", "elect", f"{topic}/9")
        self.fails(2, "say -y to mean it", "topic", "elect", "--unclean", topic)

    def test_replicas_are_moved(self) -> None:
        topic = self.topic()
        [replicas] = [row["replicas"] for row in self.rows("topic", "describe", topic)]
        self.kcli("topic", "reassign", f"{topic}/0={replicas[0]}")
        self.assertEqual(self.rows("topic", "reassign"), [])
        self.fails(1, f'cannot reassign "{topic}/0": NO_REASSIGNMENT_IN_PROGRESS (', "topic", "reassign", "--cancel", f"{topic}/0")
        self.fails(1, "INVALID_REPLICA_ASSIGNMENT (", "topic", "reassign", f"{topic}/0=77")
        self.fails(2, "expected TOPIC/PARTITION=NODE,NODE...", "topic", "reassign", topic)


class Interrupts(WithKcli):
    def interrupted(self, process: "subprocess.Popen[bytes]") -> None:
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(LIMIT), 130)

    def test_a_question_that_nobody_answers(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            asking = self.start("-B", "127.0.0.1:%d" % silent.getsockname()[1], "--timeout", "1h", "topic", "list")
            silent.accept()[0].close()
            self.interrupted(asking)

    def test_a_producer_that_waits_for_its_input_sends_what_it_has(self) -> None:
        topic = self.topic()
        producing = self.start("produce", topic)
        producing.stdin.write(b"one\n")
        producing.stdin.flush()
        self.kcli("consume", topic, "-o", "start", "-n", "1")
        self.interrupted(producing)

    def test_one_interrupt_ends_a_producer_whose_broker_is_gone(self) -> None:
        broker = Broker()
        self.addCleanup(broker.stop)
        self.addCleanup(broker.process.send_signal, signal.SIGCONT)
        self.kcli("-B", broker.address, "topic", "create", "orders")
        producing = self.start("-B", broker.address, "--timeout", "1s", "produce", "orders")
        producing.stdin.write(b"one\n")
        producing.stdin.flush()
        self.kcli("-B", broker.address, "consume", "orders", "-o", "start", "-n", "1")
        broker.process.send_signal(signal.SIGSTOP)
        producing.stdin.write(b"two\n")
        producing.stdin.flush()
        unread = bytearray(4)
        while fcntl.ioctl(producing.stdin, termios.FIONREAD, unread) or any(unread):
            os.sched_yield()
        producing.stdin.close()
        self.interrupted(producing)
        self.assertRegex(producing.stderr.read(), rb"1 record\(s\) (were not sent in time|lost)")

    def test_standard_input_that_is_closed_is_an_error(self) -> None:
        done = subprocess.run(
            ["sh", "-c", 'exec "$@" <&-', "sh", KCLI, "produce", self.topic()],
            env=self.environment({}),
            capture_output=True,
            timeout=LIMIT,
        )
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"Bad file descriptor", done.stderr)

    def test_a_member_commits_what_it_printed(self) -> None:
        topic = self.topic()
        self.kcli("produce", topic, stdin="a\nb\n")
        consuming = self.start("consume", topic, "-g", topic, "-o", "start")
        self.assertEqual([json.loads(consuming.stdout.readline())["value"] for _ in "ab"], ["a", "b"])
        self.interrupted(consuming)
        self.assertEqual(json.loads(self.kcli("group", "lag", topic, "-o", "json"))["lag"], 0)
        self.fails(1, "GROUP_ID_NOT_FOUND", "group", "lag", topic + "-nobody")
        self.fails(1, "UNKNOWN_TOPIC_OR_PARTITION", "consume", "missing", "-g", topic, "-e")
        self.fails(2, "there is no partition 7", "consume", topic, "-p", "0", "-p", "7", "-e")

    def test_a_reader_that_has_seen_enough(self) -> None:
        topic = self.topic()
        self.kcli("produce", topic, stdin="".join(f"{n}\n" for n in range(20_000)))
        consuming = self.start("consume", topic, "-o", "start", "-e")
        consuming.stdout.readline()
        consuming.stdout.close()
        self.assertEqual(consuming.wait(LIMIT), -signal.SIGPIPE)
        self.assertEqual(consuming.stderr.read(), b"")


class Records(WithKcli):
    def test_json_comes_back_as_it_went(self) -> None:
        topic, copy = self.topic(), "copy-of-json"
        b64 = lambda data: base64.b64encode(data).decode()
        sent = [
            {"key": None, "value": None},
            {"key": "", "value": "", "headers": [["a", None], ["a", ""], ["z", None, b64(b"\xff\xfe")]]},
            {"key_b64": b64(b"\xff\0"), "value_b64": b64(bytes(range(256))), "timestamp": 1_767_225_600_000},
            {"value": "ü🦊\0\n\t\"\\\u2028"},
        ]
        self.kcli("produce", topic, "-F", "json", stdin="".join(json.dumps(one) + "\n" for one in sent))
        self.kcli("topic", "create", copy)
        self.kcli("produce", copy, "-F", "json", stdin=self.kcli("consume", topic, "-o", "start", "-e"))
        first, second = self.read(topic), self.read(copy)
        self.assertEqual([one | {"topic": ""} for one in first], [one | {"topic": ""} for one in second])
        for got, wanted in zip(first, sent):
            self.assertEqual(got | wanted, got)

    def test_csv(self) -> None:
        topic = self.topic()
        rows = 'key,value,header.from\r\n1,"say ""hi"",\nand go",paper\r\n2,,\r\n'
        self.kcli("produce", topic, "-F", "csv", "--ts", "2026-01-01", stdin=rows)
        self.assertEqual(
            [(one["key"], one["value"], one["headers"], one["timestamp"]) for one in self.read(topic)],
            [("1", 'say "hi",\nand go', [["from", "paper"]], 1_767_225_600_000), ("2", "", [["from", ""]], 1_767_225_600_000)],
        )
        self.fails(2, 'FILE: the first row has to name a column "value"', "produce", topic, "-F", "csv", stdin="key\n")

    def test_a_format_reads_what_a_format_wrote(self) -> None:
        topic, copy = self.topic(), "copy-by-format"
        form = "%k\\t%T %h|%v\\n"
        self.kcli("produce", topic, "-K:", "-H", "a=1", "-H", "b=2", stdin="k:v\nl:w|x\n")
        self.kcli("topic", "create", copy)
        self.kcli("produce", copy, "-f", form, stdin=self.kcli("consume", topic, "-o", "start", "-e", "-f", form))
        self.assertEqual([one | {"topic": copy} for one in self.read(topic)], self.read(copy))

    def test_a_group_has_not_read_what_could_not_be_written(self) -> None:
        def short_of_room() -> None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

        topic, values = self.topic(), {str(number) for number in range(5_000)}
        self.kcli("produce", topic, stdin="\n".join(values))
        with tempfile.NamedTemporaryFile("r") as file:
            command = [KCLI, "consume", topic, "-o", "start", "-e", "-f", "%v\\n", "-g", "readers"]
            with open(file.name, "wb") as into:
                done = subprocess.run(command, stdout=into, stderr=subprocess.PIPE, timeout=LIMIT, check=False,
                                      env=self.environment({}), preexec_fn=short_of_room)
            written = set(file.read().split("\n")[:-1])  # the last one may have lost its end
        self.assertEqual((done.returncode, done.stderr), (1, b"kcli: standard output could not be written to the end\n"))
        self.assertTrue(0 < len(written) < len(values))
        self.assertEqual(written | set(self.kcli(*command[1:]).splitlines()), values)

    def test_offsets_are_moved_of_groups_without_members_only(self) -> None:
        topic = self.topic()
        self.kcli("produce", topic, stdin="a\n")
        member = self.start("consume", topic, "-o", "start", "-g", "busy")
        self.assertIn(b'"a"', member.stdout.readline())
        self.fails(1, "group busy still has members; stop them first", "group", "seek", "busy", topic, "--to", "start", "-y")

    def test_what_is_wrong_with_one_line_leaves_out_that_line_alone(self) -> None:
        topic = self.topic()
        lines = ["x", '{"vlaue":"x"}', '{"value":"1"}', '{"value":"%s"}' % ("x" * 2_000_000), '{"value":"2"}']
        done = self.run_kcli("produce", topic, "-F", "json", stdin="\n".join(lines))
        self.assertEqual(done.returncode, 1)
        for number, says in {1: "no JSON", 2: '"vlaue" is no field', 4: "MESSAGE_TOO_LARGE"}.items():
            self.assertRegex(done.stderr, f"(?m)^kcli: line {number} was left out: .*{says}")
        self.assertEqual([one["value"] for one in self.read(topic)], ["1", "2"])

    def test_a_folder_is_no_input(self) -> None:
        self.fails(1, "cannot read /tmp: Is a directory", "produce", self.topic(), "/tmp")

    def test_partitions_and_places(self) -> None:
        name = "partitions-and-places"
        self.kcli("topic", "create", name, "-p", "3")
        for partition in "012":
            self.kcli("produce", name, "-p", partition, stdin=f"{partition}a\n{partition}b\n")
        values = lambda *more: sorted(self.kcli("consume", *more, "-e", "-f", "%v ").split())
        self.assertEqual(values("-p", "0", name, "-o", "start"), ["0a", "0b"])
        self.assertEqual(values("-p", "0", "-p", "2", name, "-o", "-1"), ["0b", "2b"])
        self.assertEqual(values(name, "-o", "1"), ["0b", "1b", "2b"])
        beyond = self.run_kcli("consume", name, "-p", "2", "-o", "3", "-e")
        self.assertEqual((beyond.returncode, beyond.stdout), (0, ""))
        self.assertIn(f"{name}/2 ends at offset 2, before 3", beyond.stderr)
        self.assertEqual(self.run_kcli("consume", name, "-p", "2", "-o", "2", "-e").stderr, "")
        self.assertEqual(values(name, "-o", "@-1h:@now"), ["0a", "0b", "1a", "1b", "2a", "2b"])
        self.assertEqual(values(name, "-o", "@-1h:@-30m"), [])
        self.assertEqual(values(name, "-o", "start", "--filter", "v:^[01]b"), ["0b", "1b"])
        self.fails(2, "-p: there is no partition 9", "consume", name, "-p", "9", "-e")

    def test_a_filter_reads_large_values_and_gives_up_on_endless_searches(self) -> None:
        topic = self.topic()
        large = "ab" * 200_000
        self.kcli("produce", topic, "-K:", stdin=f"1:{large}\n2:{large}!\n")
        consume = ("consume", topic, "-o", "start", "-e", "-f", "%k ", "--filter")
        self.assertEqual(self.kcli(*consume, "v:^(a|b)+$"), "1 ")
        self.assertEqual(self.kcli(*consume, "v:!$"), "2 ")
        self.fails(1, f"--filter v:(a|b)+(a|b)+[x-z]: match limit exceeded, at {topic}-0 offset 0", *consume, "v:(a|b)+(a|b)+[x-z]")
        self.fails(2, '--filter: "(a" is no regular expression: missing closing parenthesis at character 2', *consume, "v:(a")

    def test_a_group_can_be_read_to_its_end(self) -> None:
        topic = self.topic()
        self.kcli("produce", topic, stdin="a\nb\n")
        consume = ("consume", topic, "-g", topic, "-o", "start", "-e", "-f", "%v ")
        self.assertEqual(self.kcli(*consume), "a b ")
        self.kcli("produce", topic, stdin="c\n")
        self.assertEqual(self.kcli(*consume), "c ")

    def test_lengths_as_kcat_has_them(self) -> None:
        topic = self.topic()
        self.kcli("produce", topic, "-Z", stdin="abc\n\n")
        command = [KCLI, "consume", topic, "-o", "start", "-e", "-f", "%R%S;"]
        printed = subprocess.run(command, stdout=subprocess.PIPE, timeout=LIMIT, check=True, env=self.environment({}))
        self.assertEqual(printed.stdout, b"\0\0\0\x033;\xff\xff\xff\xff-1;")


class Demo(WithKcli):
    def test_a_demo_that_succeeds_has_counted_every_record(self) -> None:
        demo = self.start("demo", "--records", "1000")
        said, complained = demo.communicate(timeout=2 * LIMIT)
        self.assertEqual((demo.returncode, complained), (0, b""), said)
        for done in (b"killed with -9 after", b"acknowledged again after", b"in sync", b"\nproduced ", b"\nconsumed all"):
            self.assertIn(done, said)
        self.assertTrue(said.endswith(b"\n0 lost, 0 duplicated\n"), said)
        self.assertFalse((Path(tempfile.gettempdir()) / f"klamm-demo-{demo.pid}").exists())

    def test_the_brokers_of_a_demo_that_was_killed_end(self) -> None:
        demo = self.start("demo", "--records", "1000")
        left = Path(tempfile.gettempdir()) / f"klamm-demo-{demo.pid}"
        self.addCleanup(shutil.rmtree, left, ignore_errors=True)
        addresses = demo.stdout.readline().decode().split()[-1].split(",")
        self.assertEqual(len(addresses), 3)
        clients = [socket.create_connection(tuple(at.split(":")), timeout=LIMIT) for at in addresses]
        demo.kill()
        for client in clients:
            with client:
                self.assertEqual(client.recv(1), b"")
        for lock in left.glob("node-*/data/.lock"):
            with lock.open("r+") as held:
                fcntl.lockf(held, fcntl.LOCK_EX)  # has what is removed now to itself

    def test_a_demo_whose_brokers_do_not_elect_any_more_gives_up_at_its_deadline(self) -> None:
        demo = self.start("demo", "--records", "30000", "--deadline", "15")
        left = Path(tempfile.gettempdir()) / f"klamm-demo-{demo.pid}"
        self.addCleanup(shutil.rmtree, left, ignore_errors=True)
        killed = next(line for line in demo.stdout if line.startswith(b"broker ") and b"killed with -9" in line)
        victim = int(killed.split()[1].rstrip(b","))
        other = next(node for node in (1, 2, 3) if node != victim)
        os.kill(self.broker_of(demo.pid, left / f"node-{other}"), signal.SIGKILL)
        said, complained = demo.communicate(timeout=LIMIT)
        self.assertEqual(demo.returncode, 1)
        self.assertIn(b"given up after", said)
        for not_true in (b"acknowledged again", b"in sync", b"produced ", b"consumed all"):
            self.assertNotIn(not_true, said)
        self.assertIn(b"demo: the failover: not over after the 15 s of --deadline", complained)
        self.assertFalse(left.exists())

    @staticmethod
    def broker_of(demo: int, directory: Path) -> int:
        """The child of the demo that has its log there."""
        def command_of(pid: str) -> bytes:
            try:
                return Path(f"/proc/{pid}/cmdline").read_bytes()
            except (FileNotFoundError, ProcessLookupError):  # the broker that was killed, and is reaped just now
                return b""

        children = Path(f"/proc/{demo}/task/{demo}/children").read_text().split()
        [found] = [pid for pid in children if str(directory).encode() in command_of(pid)]
        return int(found)


if __name__ == "__main__":
    unittest.main()
