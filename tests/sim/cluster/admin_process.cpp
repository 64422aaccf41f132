#include "tests/sim/cluster/admin_process.hpp"

#include <utility>

#include <fmt/format.h>

#include "client/administration.hpp"

namespace klamm::sim {
namespace {

constexpr std::string_view other_topic_name = "invoices";
constexpr duration command_timeout = std::chrono::seconds(5);

}  // namespace

admin_process::admin_process(stage& on, host_id at) : client_process(on, at) {
  make_core(options(), neighbours());
}

void admin_process::begin() {
  act([](auto& core, instant now, auto& out) { core.start(now, out); });
  create();
}

void admin_process::create() {
  client::admin::new_topic topic;
  topic.name = topic_name;
  topic.partitions = stage_.how.partitions;
  topic.replication = stage_.how.replication;
  act([this, topic](auto& core, instant now, auto& out) {
    core.administer(
        &client::administration::create_topics, command_timeout,
        [this](const auto& made) {
          const bool there =
              made && !made->empty() &&
              (made->front().second || made->front().second.code() == error_code::topic_already_exists);
          if (there)
            done_ = true;
          else
            soon(std::chrono::milliseconds(100), [this] { create(); });
        },
        now, out, std::vector{topic}, false);
  });
}

void admin_process::administer() {
  if (stage_.how.nodes == 1 || stage_.time.random().chance(0.25)) return delete_records();
  if (busy_) return;
  busy_ = true;
  // What was made is soon deleted again: a storm is short.
  const auto which = stage_.time.random().below(6);
  if (which < 2 || (which < 4 && other_is_there_)) return make_or_delete_other();
  which < 5 ? reassign() : elect();
}

void admin_process::on_done(std::string_view what, bool well) {
  busy_ = false;
  count(what, well);
}

void admin_process::count(std::string_view what, bool well) {
  stage_.seen.count(fmt::format("{}{}", what, well ? "" : " refused"));
}

void admin_process::make_or_delete_other() {
  const std::string name(other_topic_name);
  if (other_is_there_)
    return act([&](auto& core, instant now, auto& out) {
      core.administer(
          &client::administration::delete_topics, command_timeout,
          [this](const auto& came) {
            const bool deleted = came && !came->empty() && came->front().second;
            other_is_there_ = !deleted;
            on_done("topics deleted", deleted);
          },
          now, out, std::vector{name});
    });
  client::admin::new_topic topic;
  topic.name = name;
  topic.partitions = 2;
  topic.replication = static_cast<std::int16_t>(stage_.how.replication);
  act([&](auto& core, instant now, auto& out) {
    core.administer(
        &client::administration::create_topics, command_timeout,
        [this](const auto& came) {
          other_is_there_ = came && !came->empty() && came->front().second;
          on_done("topics made", other_is_there_);
        },
        now, out, std::vector{topic}, false);
  });
}

void admin_process::reassign() {
  auto& random = stage_.time.random();
  std::vector<node_id> all;
  for (int i = 1; i <= stage_.how.nodes; ++i) {
    const auto at = random.below(all.size() + 1);
    all.insert(all.begin() + static_cast<std::ptrdiff_t>(at), node_id(i));
  }
  all.resize(static_cast<std::size_t>(stage_.how.replication));
  const auto of =
      stage_.partition(static_cast<int>(random.below(static_cast<std::uint64_t>(stage_.how.partitions))));
  act([&](auto& core, instant now, auto& out) {
    core.administer(
        &client::administration::alter_reassignments, command_timeout,
        [this](const auto& came) {
          on_done("reassignments", came && !came->empty() && came->front().second);
        },
        now, out, std::vector{client::admin::reassignment_request{of, all}});
  });
}

void admin_process::elect() {
  std::vector<topic_partition> all;
  for (int i = 0; i < stage_.how.partitions; ++i) all.push_back(stage_.partition(i));
  act([&](auto& core, instant now, auto& out) {
    core.administer(
        &client::administration::elect_leaders, command_timeout,
        [this](const auto& came) { on_done("preferred elections", came.has_value()); }, now, out,
        client::admin::election_type::preferred, all);
  });
}

/// What the group has committed, as who keeps only what is not processed yet; or more, if anybody was ever told of it.
void admin_process::delete_records() {
  if (deleting_) return;
  auto& random = stage_.time.random();
  const auto from =
      stage_.partition(static_cast<int>(random.below(static_cast<std::uint64_t>(stage_.how.partitions))));
  auto before = stage_.group.floor(from);
  const auto more = stage_.past.acknowledged_end(from) - before;
  if (random.chance(0.3) && more > 0)
    before += static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(more) + 1));
  if (before <= stage_.past.kept_from(from)) return;
  deleting_ = true;
  stage_.past.asked_to_delete(from, before);
  stage_.group.asked_to_delete(from, before);
  act([&](auto& core, instant now, auto& out) {
    core.administer(
        &client::administration::delete_records, command_timeout,
        [this, from, before](const auto& came) {
          const bool deleted = came && !came->empty() && came->front().second;
          if (deleted) stage_.past.deleted(from, before);
          deleting_ = false;
          count("deletions of records", deleted);
        },
        now, out, std::vector{std::pair{from, before}});
  });
}

}  // namespace klamm::sim
