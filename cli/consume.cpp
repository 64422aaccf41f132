// kcli consume: records of topics to standard output.
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include <klamm/admin.hpp>
#include <klamm/consumer.hpp>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/position.hpp"
#include "cli/record_filter.hpp"
#include "cli/record_format.hpp"
#include "cli/usage.hpp"

namespace klamm::cli {
namespace {

struct consume_arguments {
  std::vector<std::string> topics;
  std::string from = "end", group, format;
  std::vector<int> partitions;
  std::vector<std::string> filters;
  std::int64_t count = -1;
  bool exit_at_end = false, read_uncommitted = false;
};

class consuming {
 public:
  consuming(const session& in, const consume_arguments& wanted)
      : in_(in),
        wanted_(wanted),
        printer_(of_option(
            "-f", [&] { return wanted.format.empty() ? json_printer() : format_printer(wanted.format); })),
        from_(of_option("-o", [&] {
          return parse_position(wanted.from, std::chrono::floor<Millis>(std::chrono::system_clock::now()));
        })) {
    for (const auto& text : wanted.filters)
      filters_.push_back(of_option("--filter", [&] { return record_filter(text); }));
    if (!wanted.group.empty() && from_.at != position::start && from_.at != position::end)
      throw CLI::ValidationError("-o", "a group goes on where it committed: move it with `kcli group seek`");
    auto [client, options] = in.consumer();
    options.group_id = wanted.group;
    options.isolation = wanted.read_uncommitted ? Isolation::read_uncommitted : Isolation::read_committed;
    options.auto_offset_reset = from_.at == position::end ? latest : earliest;
    if (wanted.group.empty()) options.auto_commit.reset();
    consumer_.emplace(std::move(client), std::move(options));
  }

  int run() {
    session::reach(in_.client());
    in_.heed_stop();
    wanted_.group.empty() ? assign() : subscribe();
    while (!finished()) {
      first_taken_.clear();
      for (const auto& record : consumer_->poll(poll_time, in_.stop())) {
        if (!std::cout || !take(record)) break;
      }
      std::cout.flush();  // whoever reads from a pipe sees a record when it came, not when 4 KiB are full
      if (!std::cout) give_back();
      if (ends_known_) drop_reached();
      if (!wanted_.group.empty()) at_groups_end_ = wanted_.exit_at_end && read_what_is_assigned();
    }
    const auto report = consumer_->close(in_.timeout());
    if (report.first_error) std::cerr << "kcli: " << *report.first_error << '\n';
    return report.first_error ? item_failed : ok;
  }

 private:
  static constexpr Millis poll_time{200};

  bool finished() const {
    return in_.stop().stop_requested() || printed_ == wanted_.count || (ends_known_ && ends_.empty()) ||
           at_groups_end_ || !std::cout;
  }

  /// Of a group: there is something assigned, and all of it was read. A member that the group gives nothing waits on.
  bool read_what_is_assigned() const {
    const auto assigned = consumer_->assignment();
    return !assigned.empty() &&
           std::ranges::all_of(assigned, [&](const auto& at) { return consumer_->lag(at) == 0; });
  }

  /// False: the loop is not to go on, and the record was not taken.
  bool take(const RecordView& record) {
    if (printed_ == wanted_.count) return false;
    const TopicPartition at{std::string(record.topic()), record.partition()};
    if (past_the_end(at, record)) return true;
    const bool passes = std::ranges::all_of(filters_, [&](const auto& f) { return f.passes(record); });
    if (!passes) return true;
    if (!wanted_.group.empty()) first_taken_.try_emplace(at, record.offset());
    printer_->print(std::cout, record);
    ++printed_;
    return true;
  }

  /// Nobody has what was not written: the group goes on there.
  void give_back() {
    for (const auto& at : consumer_->assignment())
      if (const auto first = first_taken_.find(at); first != first_taken_.end())
        consumer_->seek(at, first->second);
  }

  bool past_the_end(const TopicPartition& at, const RecordView& record) const {
    if (from_.until && record.timestamp() >= *from_.until) return true;
    if (!ends_known_) return false;
    const auto end = ends_.find(at);
    return end == ends_.end() || record.offset() >= end->second;
  }

  void drop_reached() {
    std::erase_if(ends_, [&](const auto& end) { return consumer_->position(end.first) >= end.second; });
  }

  std::vector<TopicPartition> partitions() const {
    std::vector<TopicPartition> all;
    const std::set<int> chosen(wanted_.partitions.begin(), wanted_.partitions.end());
    const std::vector<std::string_view> names(wanted_.topics.begin(), wanted_.topics.end());
    Admin admin(in_.client());
    for (const auto& [name, topic] : admin.describe_topics(names).values())
      for (const auto& p : topic.partitions)
        if (chosen.empty() || chosen.contains(p.partition.value)) all.push_back({name, p.partition});
    for (const auto p : chosen)
      if (std::ranges::none_of(all, [&](const auto& at) { return at.partition.value == p; }))
        throw CLI::ValidationError("-p", "there is no partition " + std::to_string(p));
    return all;
  }

  /// A topic may still come, but who stops at the end would wait for that.
  void subscribe() {
    const std::vector<std::string_view> names(wanted_.topics.begin(), wanted_.topics.end());
    if (wanted_.exit_at_end) Admin(in_.client()).describe_topics(names).values();
    consumer_->subscribe(std::span(wanted_.topics));
  }

  void assign() {
    const auto all = partitions();
    consumer_->assign(all);
    std::map<TopicPartition, Offset> ends;
    if (wanted_.exit_at_end || from_.until || from_.at == position::before_end ||
        from_.at == position::offset)
      for (const auto& end : consumer_->end_offsets(all)) ends[end.at] = end.next;
    switch (from_.at) {
      case position::start: consumer_->seek_to_beginning(all); break;
      case position::end: consumer_->seek_to_end(all); break;
      case position::time: consumer_->seek_to_time(all, from_.from); break;
      case position::offset:
        for (const auto& at : all) seek_within(at, ends.at(at));
        break;
      case position::before_end: seek_before_end(all, ends); break;
    }
    if (!wanted_.exit_at_end && !from_.until) return;
    ends_ = std::move(ends);
    ends_known_ = true;
  }

  /// Who waits for what comes next is served by the end; who wants what is there may have asked for the wrong topic.
  void seek_within(const TopicPartition& at, Offset end) {
    if (from_.number > end.value)
      std::cerr << "kcli: " << at << " ends at offset " << end.value << ", before " << from_.number
                << ": there is nothing to read yet\n";
    consumer_->seek(at, std::min(Offset(from_.number), end));
  }

  void seek_before_end(const std::vector<TopicPartition>& all, const std::map<TopicPartition, Offset>& ends) {
    for (const auto& first : consumer_->beginning_offsets(all))
      consumer_->seek(first.at, Offset(std::max(first.next.value, ends.at(first.at).value - from_.number)));
  }

  const session& in_;
  const consume_arguments& wanted_;
  std::unique_ptr<record_printer> printer_;
  position from_;
  std::vector<record_filter> filters_;
  std::int64_t printed_ = 0;
  bool ends_known_ = false, at_groups_end_ = false;
  std::map<TopicPartition, Offset> first_taken_;  // of the records that were printed since the last flush
  std::map<TopicPartition, Offset> ends_;         // of partitions that have not reached theirs
  std::optional<Consumer> consumer_;
};

}  // namespace

void declare_consume(CLI::App& app, session& in) {
  auto* verb = app.add_subcommand("consume", "print records, as JSON or in a format of your own");
  const auto wanted = std::make_shared<consume_arguments>();
  add_names(*verb, "TOPIC", wanted->topics, "what to read")->required();
  verb->add_option("-o,--offset", wanted->from,
                   "start, end, N, -N, @TIME or @TIME:@TIME (2026-01-31, -1h, now)")
      ->capture_default_str();
  verb->add_option("-n,--count", wanted->count, "stop after so many records")->check(at_least(0, INT64_MAX));
  auto* group = verb->add_option("-g,--group", wanted->group, "read as a member of this group, and commit");
  verb->add_flag(
      "-e,--exit", wanted->exit_at_end,
      "stop at the end that the partitions have now; of a group: once all that is assigned was read");
  verb->add_option("-p,--partition", wanted->partitions, "only this partition; may be repeated")
      ->check(at_least(0))
      ->allow_extra_args(false)
      ->excludes(group);
  verb->add_option("--filter", wanted->filters, "only records whose key (k:REGEX) or value (v:REGEX) matches")
      ->type_name("k:REGEX|v:REGEX")
      ->allow_extra_args(false);
  verb->add_option("-f,--format", wanted->format,
                   "%t %p %o %k %v %s %h %T %K %S %R and escapes, as kcat has them (default: JSON)");
  verb->add_flag("--read-uncommitted", wanted->read_uncommitted,
                 "also records of open and aborted transactions");
  verb->callback([&in, wanted] { in.run = [&in, wanted] { return consuming(in, *wanted).run(); }; });
}

}  // namespace klamm::cli
