// CVE-2026-35554: a batch failed at its delivery timeout, its buffer was used for another topic's records, and the request
// that was still being written carried those.
#include <cstdlib>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "fixture.hpp"

using namespace klamm;
using namespace klamm::handoff_test;

namespace {

class planted : public fault_injector {
 public:
  bool fires(std::string_view name) override { return name == "handoff.early_release"; }
};

// Whether the bytes that the socket still has to write are the first topic's own.
bool request_keeps_its_bytes(fault_injector* faults) {
  fixture f({.linger = {}}, faults);
  const auto secrets = f.slot("secrets"), pub = f.slot("public");
  const std::string secret(500, 's'), news(500, 'n');
  f.append(secrets, secret, 0);
  f.ready(0);
  auto batch = f.source.drain(secrets);
  const auto in_socket = wire::stamped(batch->sealed(), {});
  batch->failed(error(error_code::delivery_timeout));
  batch.reset();
  f.append(pub, news, 1);
  const auto written = in_socket.flatten();
  const auto text = as_text(bytes_view(written));
  return text.find(secret) != std::string_view::npos && text.find(news) == std::string_view::npos;
}

}  // namespace

TEST_CASE("a request in flight keeps its bytes after its batch has failed") {
  CHECK(request_keeps_its_bytes(nullptr));
}

TEST_CASE("a buffer released early is caught: by its bytes, or by AddressSanitizer") {
  const auto child = ::fork();
  if (child == 0) {
    ::close(STDERR_FILENO);
    planted fault;
    std::_Exit(request_keeps_its_bytes(&fault) ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK_FALSE((WIFEXITED(status) && WEXITSTATUS(status) == 0));
}
