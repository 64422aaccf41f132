#include "cli/demo/member_process.hpp"

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <fcntl.h>
#include <iostream>
#include <poll.h>
#include <system_error>
#include <unistd.h>

#include <klamm/consumer.hpp>

#include "cli/demo/records.hpp"
#include "cli/exit_code.hpp"

namespace klamm::cli::demo {
namespace {

struct report {
  std::uint64_t number, content_hash;
  std::int64_t offset, partition;
};
/// In `number`: it holds partitions now.
constexpr auto has_joined = std::uint64_t(-1);

std::uint64_t number_of(const RecordView& record) {
  const auto text = record.headers().last(number_header).text();
  return text.empty() ? has_joined - 1 : std::stoull(std::string(text));
}

/// Nobody counts any more, and the brokers end, too.
bool demo_is_gone() {
  pollfd life{STDIN_FILENO, POLLIN, 0};
  return ::poll(&life, 1, 0) > 0;
}

void tell(const report& what) { std::fwrite(&what, sizeof what, 1, stdout); }

}  // namespace

member_process::member_process(const std::string& addresses, const std::filesystem::path& log, ledger& into) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  reports_ = ::fdopen(ends[0], "r");
  const std::string self = std::filesystem::read_symlink("/proc/self/exe");
  running_.emplace(std::vector<std::string>{self, "-B", addresses, "demo", "--member"}, log, ends[1]);
  ::close(ends[1]);
  reader_ = std::jthread([this, &into] { take_reports(into); });
}

member_process::~member_process() {
  kill();
  std::fclose(reports_);
}

void member_process::take_reports(ledger& into) {
  for (report one; std::fread(&one, sizeof one, 1, reports_) == 1;) {
    if (one.number == has_joined) {
      joined_.set_value();
      continue;
    }
    into.read(one.number, one.content_hash, Partition(static_cast<std::int32_t>(one.partition)),
              Offset(one.offset));
    ++records_;
  }
}

bool member_process::joined(Millis at_most) {
  return joined_.get_future().wait_for(at_most) == std::future_status::ready;
}

void member_process::kill() {
  running_->kill();
  if (reader_.joinable()) reader_.join();
}

void member_process::leave() {
  running_->stop();
  reader_.join();
}

int run_member(const ClientOptions& client, const std::string& topic, const std::stop_token& stop) {
  // The shortest session that brokers allow: the other member hears the sooner of one that was killed.
  Consumer consumer(client,
                    {.group_id = "demo", .auto_offset_reset = earliest, .session_timeout = Millis(6'000)});
  consumer.subscribe({topic});
  for (bool joined = false; !stop.stop_requested() && !std::ferror(stdout) && !demo_is_gone();
       std::fflush(stdout)) {
    auto records = consumer.poll(Millis(200), stop, as_result);
    if (!joined && !consumer.assignment().empty()) {
      joined = true;
      tell({has_joined, 0, 0, 0});
    }
    if (!records) {
      std::cerr << "a member: " << records.error() << '\n';
      continue;
    }
    for (const auto& record : *records)
      tell({number_of(record), content_hash(record.key().text(), record.value().text()),
            record.offset().value, record.partition().value});
  }
  const auto closed = consumer.close(Millis(5'000));
  if (closed.first_error) std::cerr << "a member: " << *closed.first_error << '\n';
  return closed.first_error ? item_failed : ok;
}

}  // namespace klamm::cli::demo
