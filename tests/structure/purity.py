"""What may stand where: machines do no I/O, locks live in the hand-off, coroutines avoid GCC 12's traps, nothing sleeps."""

import re
from pathlib import Path

from tree import Source, matches, sources

MACHINES = (
    "sdk/base sdk/wire sdk/link sdk/client broker/log broker/raft broker/meta broker/replica broker/coordinator "
    "broker/group broker/txn broker/security broker/api broker/node"
).split()
# folder -> the headers that it may include all the same, and why.
EXCEPTIONS = {
    "sdk/base/log_sink.cpp": {"atomic"},  # the one process-wide hook for log lines
    "sdk/base/entropy.cpp": {"sys/random.h"},  # the production entropy source itself
    "sdk/wire/codegen": {"fstream", "iostream", "filesystem"},  # a host tool
    "sdk/wire/json": {"iostream"},
}
SYSTEM_HEADERS = re.compile(
    r"^\s*#\s*include\s*<(asio\b.*|thread|mutex|shared_mutex|atomic|condition_variable|future|semaphore|latch|barrier|"
    r"stop_token|fstream|iostream|filesystem|csignal|signal\.h|unistd\.h|fcntl\.h|poll\.h|netdb\.h|pthread\.h|sys/.*|"
    r"netinet/.*|arpa/.*|spdlog/.*|httplib\.h)>"
)
CLOCKS_AND_DICE = re.compile(
    r"\b(?:(?:system|steady|high_resolution|utc)_clock::now|random_device|mt19937\w*|std::rand|srand|clock_gettime|"
    r"gettimeofday|getenv|thread_local)\b|\bsleep_(?:for|until)\b"
)
LOCKS = re.compile(r"^\s*#\s*include\s*<(mutex|shared_mutex|condition_variable|atomic|semaphore|latch|barrier)>")
LOCKS_ALLOWED = ("sdk/handoff", "tests", "bindings", "cli", "examples")
# What the public API and the shells cannot do without: no data crosses between threads here, that is the hand-off's.
LOCKS_BY_NAME = {
    # how many share what a public object stands for
    "sdk/api/error_details.hpp",
    "sdk/api/io_state.hpp",
    "sdk/api/record_run.cpp",
    "sdk/api/executor.cpp",
    # whether a client is closed, and on which thread a call comes
    "sdk/api/consumer_client.hpp",
    "sdk/api/producer_client.hpp",
    "sdk/api/engine.hpp",
    "sdk/api/metrics_hook.hpp",
    # a blocking call that waits for its one answer; a poll, for the first of answer, timeout and stop
    "sdk/api/operation.hpp",
    "sdk/api/poll_operation.cpp",
    # what calls from any thread share: partitioners, a topic's partition count, a token, a descriptor, seeds, a transaction
    "sdk/api/partitioning.hpp",
    "sdk/api/topic_line.hpp",
    "sdk/api/security.hpp",
    "sdk/api/consumer_wiring.hpp",
    "sdk/api/producer_host.hpp",
    "sdk/api/transaction_client.hpp",
    # which thread is next; whether this process is a child
    "sdk/net/io_threads.cpp",
    "sdk/net/fork_watch.cpp",
    # how many of a disk's files wait for a descriptor, which the node asks
    "broker/server/posix_disk.cpp",
    # a test's rules, which the nodes' threads ask
    "broker/testing/fault_rules.hpp",
}

COROUTINES = re.compile(r"\bco_(?:await|return|yield)\b")
COROUTINES_ALLOWED = ("sdk/net", "broker/server", "sdk/api", "sdk/include", "cli", "examples", "tests", "bindings")
TRAPS = {
    "an aggregate built inside co_await is destroyed twice by GCC 12; build it first and move it": re.compile(
        # A RecordRef, which async_send takes, is trivially destructible: nothing is destroyed twice.
        r"\bco_await\b(?![^;]*\basync_send\(\{)[^;]*\{\s*\.\w", re.DOTALL
    ),
    "co_await inside if (...) crashes GCC 12; hoist it": re.compile(r"\bif\s*(?:constexpr\s*)?\([^;{}]*\bco_await\b"),
    "a structured binding of co_await is miscompiled; results are one object": re.compile(
        r"\bauto\s*&{0,2}\s*\[[^\]]*\]\s*=\s*co_await\b"
    ),
    "a braced list of strings inside co_await does not compile with GCC 12": re.compile(
        r'\bco_await\b[^;]*\{\s*""\s*,', re.DOTALL
    ),
}
SLEEPS = re.compile(r"\b(?:sleep_for|sleep_until|usleep|nanosleep|time\.sleep)\b|(?<![\w.:>])sleep\s*\(")
# The one place that pauses between two looks at a condition, and always with a limit; and a benchmark's pace, which is its load.
MAY_SLEEP = {"tests/interop/harness/waiting.py", "tests/bench/load/pace.hpp"}


def is_in(source: Source, folders) -> bool:
    path = source.path.as_posix()
    return any(path == folder or path.startswith(folder + "/") for folder in folders)


def _allowed_headers(source: Source) -> set[str]:
    return set().union(*(headers for where, headers in EXCEPTIONS.items() if is_in(source, [where])))


def machine_findings(source: Source) -> list[str]:
    allowed = _allowed_headers(source)
    found = []
    for number, line in enumerate(source.text.splitlines(), 1):
        header = SYSTEM_HEADERS.match(line)
        if header and header[1] not in allowed:
            found.append(f"{source.path}:{number}: a machine does no I/O, threads or locks: <{header[1]}>")
    return found + matches(source, CLOCKS_AND_DICE, "time and chance are passed in to a machine")


def coroutine_findings(source: Source) -> list[str]:
    code = source.code()
    if not is_in(source, COROUTINES_ALLOWED):
        return matches(source, COROUTINES, "coroutines are for shells, examples and tests")
    return [
        f"{source.path}:{code.count(chr(10), 0, match.start()) + 1}: {why}"
        for why, pattern in TRAPS.items()
        for match in pattern.finditer(code)
    ]


def findings(root: Path) -> list[str]:
    found = []
    for source in sources(root):
        if is_in(source, MACHINES):
            found += machine_findings(source)
        elif not is_in(source, LOCKS_ALLOWED) and source.path.as_posix() not in LOCKS_BY_NAME:
            found += matches(source, LOCKS, "locks and atomics live in sdk/handoff")
        if not is_in(source, ["tests/structure"]):
            found += coroutine_findings(source)
    for source in sources(root, {".cpp", ".hpp", ".py", ".sh"}, ("tests", "examples")):
        if source.path.as_posix() not in MAY_SLEEP and not is_in(source, ["tests/structure"]):
            found += matches(source, SLEEPS, "nothing sleeps to be right; wait for the condition")
    return found
