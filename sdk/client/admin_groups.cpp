// Administration of groups and their offsets.
#include "client/admin_calls.hpp"
#include "client/group_protocol.hpp"
#include "wire/messages/consumer_group_describe.hpp"
#include "wire/messages/delete_groups.hpp"
#include "wire/messages/describe_groups.hpp"
#include "wire/messages/leave_group.hpp"
#include "wire/messages/list_groups.hpp"
#include "wire/messages/offset_delete.hpp"

namespace klamm::client {
namespace {

/// What the members of both kinds of group say of themselves.
template <class Said>
admin::group_member& add_member(const Said& said, const std::optional<std::string_view>& instance,
                                admin::group_description& to) {
  auto& member = to.members.emplace_back();
  member.id = said.member_id;
  if (instance) member.instance_id = *instance;
  member.client_id = said.client_id;
  member.client_host = said.client_host;
  return member;
}

admin::group_description group_head(std::string_view id, std::string_view state,
                                    std::string_view protocol_type, std::string_view protocol) {
  return {std::string(id), std::string(state), std::string(protocol_type), std::string(protocol), {}, {}};
}

admin::group_description read_group(const wire::describe_groups_response::described_group& said) {
  auto out = group_head(said.group_id, said.group_state, said.protocol_type, said.protocol_data);
  for (const auto& m : said.members) {
    auto& member = add_member(m, m.group_instance_id, out);
    // Only consumers' assignments can be read; others have bytes of their own.
    if (said.protocol_type == "consumer")
      member.assignment = decode_assignment(m.member_assignment).value_or(std::vector<topic_partition>{});
  }
  return out;
}

admin::group_description read_group(const wire::consumer_group_describe_response::described_group& said) {
  auto out = group_head(said.group_id, said.group_state, "consumer", said.assignor_name);
  for (const auto& m : said.members) {
    auto& member = add_member(m, m.instance_id, out);
    for (const auto& t : m.assignment.topic_partitions)
      for (const auto p : t.partitions) member.assignment.push_back({std::string(t.topic_name), p});
  }
  return out;
}

/// No group of the classic protocol has this name: nothing at all, or a group of KIP-848.
bool is_not_classic(const wire::describe_groups_response::described_group& said) {
  return said.error_code == error_code::group_id_not_found ||
         (said.error_code == error_code::none && said.group_state == "Dead");
}

}  // namespace

void administration::list_groups(time_point deadline, completion<std::vector<admin::listed_group>> done) {
  auto make = [](api_version) { return wire::list_groups_request{}; };
  auto read = [](const wire::list_groups_response& said, std::map<std::string, admin::listed_group>& to) {
    for (const auto& g : said.groups)
      to[std::string(g.group_id)] = {std::string(g.group_id), std::string(g.protocol_type),
                                     std::string(g.group_state), std::string(g.group_type)};
    return result<void>();
  };
  ask_every_broker<wire::list_groups_request>(make, read, deadline, std::move(done));
}

void administration::describe_groups(std::vector<std::string> groups, time_point deadline,
                                     completion<per_item<std::string, admin::group_description>> done) {
  auto outcomes =
      gathering<std::string, admin::group_description>::start(groups, completions_, std::move(done));
  auto make = [](const std::string& group) {
    wire::describe_groups_request out;
    out.groups.push_back(group);
    return out;
  };
  auto finish = [this, outcomes, deadline](const std::string& group,
                                           answer<wire::describe_groups_response> came, instant now) {
    if (!came.got) return outcomes->put(group, came.got.failure());
    if (came.got->groups.empty()) return outcomes->put(group, left_out("group"));
    const auto& said = came.got->groups.front();
    auto described = outcome_of(said, group, now);
    if (!is_not_classic(said)) return outcomes->put(group, std::move(described));
    describe_consumer_group(group, deadline, [outcomes, group, described](auto found, bool is_one) {
      outcomes->put(group, is_one ? std::move(found) : described);
    });
  };
  ask_coordinators<wire::describe_groups_request>(
      groups, coordinator_type::group, deadline, make,
      [](const wire::describe_groups_response& r) { return code_of_only(r.groups); }, std::move(finish));
}

template <class Said>
result<admin::group_description> administration::outcome_of(const Said& said, const std::string& group,
                                                            instant now) {
  if (said.error_code != error_code::none) return refused(said.error_code, said.error_message);
  auto described = read_group(said);
  described.coordinator = requests_.coordinator(group, now).value_or(node_id{});
  return described;
}

void administration::describe_consumer_group(
    const std::string& group, time_point deadline,
    unique_function<void(result<admin::group_description>, bool)> done) {
  auto make = [group](api_version) {
    wire::consumer_group_describe_request out;
    out.group_ids.push_back(group);
    return out;
  };
  auto code_of = [](const wire::consumer_group_describe_response& r) { return code_of_only(r.groups); };
  auto finish = [this, group, done = std::move(done)](answer<wire::consumer_group_describe_response> came,
                                                      instant now) mutable {
    if (!came.got) return done(came.got.failure(), came.got.code() != error_code::unsupported_version);
    if (came.got->groups.empty()) return done(left_out("group"), true);
    const auto& said = came.got->groups.front();
    done(outcome_of(said, group, now), said.error_code != error_code::group_id_not_found);
  };
  requests_.call<wire::consumer_group_describe_request>(at_coordinator{group}, deadline, INT16_MAX,
                                                        std::move(make), code_of, std::move(finish));
}

void administration::delete_groups(std::vector<std::string> groups, time_point deadline,
                                   completion<per_item<std::string, void>> done) {
  auto outcomes = gathering<std::string, void>::start(groups, completions_, std::move(done));
  auto make = [](const std::string& group) {
    wire::delete_groups_request out;
    out.groups_names.push_back(group);
    return out;
  };
  auto code_of = [](const wire::delete_groups_response& r) { return code_of_only(r.results); };
  auto finish = [outcomes, code_of](const std::string& group, answer<wire::delete_groups_response> came,
                                    instant) {
    if (outcomes->heard(came, {group})) outcomes->put(group, accepted(code_of(*came.got), {}));
  };
  ask_coordinators<wire::delete_groups_request>(groups, coordinator_type::group, deadline, make, code_of,
                                                std::move(finish));
}

void administration::group_offsets_of(std::string group, std::vector<topic_partition> of, time_point deadline,
                                      completion<per_item<topic_partition, committed_offset>> done) {
  offsets_.fetch(group, std::move(of), deadline,
                 [this, done = std::move(done)](result<per_item<topic_partition, committed_offset>> came,
                                                instant) mutable {
                   completions_.post(std::move(done), std::move(came));
                 });
}

void administration::alter_group_offsets(std::string group, std::vector<committed_offset> offsets,
                                         time_point deadline,
                                         completion<per_item<topic_partition, void>> done) {
  if (auto why = unfit(offsets)) return completions_.post(std::move(done), {*std::move(why)});
  offsets_.commit(group, [] { return committer_now{}; }, std::move(offsets), deadline, told(std::move(done)));
}

void administration::delete_group_offsets(std::string group, std::vector<topic_partition> of,
                                          time_point deadline,
                                          completion<per_item<topic_partition, void>> done) {
  auto outcomes = gathering<topic_partition, void>::start(of, completions_, std::move(done));
  if (of.empty()) return;
  auto make = [group, of = std::move(of)](api_version) {
    wire::offset_delete_request out;
    out.group_id = group;
    topic_entries topics(out.topics);
    for (const auto& at : of) topics[at.topic].partitions.push_back({at.partition});
    return out;
  };
  auto finish = [outcomes](answer<wire::offset_delete_response> came, instant) {
    if (!outcomes->heard(came)) return;
    if (came.got->error_code != error_code::none)
      return outcomes->fail(outcomes->items(), refused(came.got->error_code, {}));
    for (const auto& t : came.got->topics)
      for (const auto& p : t.partitions)
        outcomes->put({std::string(t.name), p.partition_index}, accepted(p.error_code, {}));
    outcomes->fail(outcomes->items(), left_out("partition"));
  };
  requests_.call<wire::offset_delete_request>(
      at_coordinator{std::move(group)}, deadline, INT16_MAX, std::move(make),
      [](const wire::offset_delete_response& r) { return r.error_code; }, std::move(finish));
}

void administration::remove_members(std::string group, std::vector<admin::leaving_member> members,
                                    time_point deadline, completion<per_item<std::string, void>> done) {
  std::vector<std::string> names;
  names.reserve(members.size());
  for (const auto& m : members) names.push_back(m.instance_id.empty() ? m.id : m.instance_id);
  auto outcomes = gathering<std::string, void>::start(std::move(names), completions_, std::move(done));
  if (members.empty()) return;
  auto make = [group, members = std::move(members)](api_version) {
    wire::leave_group_request out;
    out.group_id = group;
    for (const auto& m : members) {
      auto& leaving = out.members.emplace_back();
      leaving.member_id = m.id;
      if (!m.instance_id.empty()) leaving.group_instance_id = m.instance_id;
      leaving.reason = "removed by an administrator";
    }
    return out;
  };
  auto finish = [outcomes](answer<wire::leave_group_response> came, instant) {
    if (!outcomes->heard(came)) return;
    if (came.got->error_code != error_code::none)
      return outcomes->fail(outcomes->items(), refused(came.got->error_code, {}));
    for (const auto& m : came.got->members)
      outcomes->put(std::string(m.group_instance_id.value_or(m.member_id)), accepted(m.error_code, {}));
    outcomes->fail(outcomes->items(), left_out("member"));
  };
  requests_.call<wire::leave_group_request>(
      at_coordinator{std::move(group)}, deadline, INT16_MAX, std::move(make),
      [](const wire::leave_group_response& r) { return r.error_code; }, std::move(finish));
}

}  // namespace klamm::client
