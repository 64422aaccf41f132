// Administration of groups and their offsets.
#include "client/administration.hpp"
#include "client/group_protocol.hpp"
#include "wire/messages/consumer_group_describe.hpp"
#include "wire/messages/delete_groups.hpp"
#include "wire/messages/describe_groups.hpp"
#include "wire/messages/list_groups.hpp"

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
bool is_not_classic(const answer<wire::describe_groups_response>& came) {
  const auto& said = came.got->groups.front();
  return said.error_code == error_code::group_id_not_found ||
         (said.error_code == error_code::none && said.group_state == "Dead");
}

/// What all brokers list, each group once; the first failure is the command's, since a part would look like the whole.
struct listing {
  std::size_t left = 0;
  std::map<std::string, admin::listed_group> groups;
  std::optional<error> failure;
  completion<std::vector<admin::listed_group>> done;

  void finish_one(completion_queue& to) {
    if (--left > 0) return;
    if (failure) return to.post(std::move(done), result<std::vector<admin::listed_group>>(*failure));
    std::vector<admin::listed_group> out;
    for (auto& [id, group] : groups) out.push_back(std::move(group));
    to.post(std::move(done), result<std::vector<admin::listed_group>>(std::move(out)));
  }
};

}  // namespace

void administration::list_groups(time_point deadline, completion<std::vector<admin::listed_group>> done) {
  auto all = std::make_shared<listing>();
  all->done = std::move(done);
  ask_cluster(deadline, [this, all, deadline](result<admin::cluster_description> cluster, instant) {
    all->left = 1;
    if (!cluster)
      all->failure = cluster.failure();
    else
      all->left += cluster->brokers.size();
    for (std::size_t i = 0; cluster && i < cluster->brokers.size(); ++i) {
      auto finish = [this, all](answer<wire::list_groups_response> came, instant) {
        if (!came.got)
          all->failure = came.got.failure();
        else
          for (const auto& g : came.got->groups)
            all->groups[std::string(g.group_id)] = {std::string(g.group_id), std::string(g.protocol_type),
                                                    std::string(g.group_state), std::string(g.group_type)};
        all->finish_one(completions_);
      };
      requests_.call<wire::list_groups_request>(
          at_node{cluster->brokers[i].id}, deadline, INT16_MAX,
          [](api_version) { return wire::list_groups_request{}; },
          [](const wire::list_groups_response& r) { return r.error_code; }, std::move(finish));
    }
    all->finish_one(completions_);
  });
}

void administration::describe_groups(std::vector<std::string> groups, time_point deadline,
                                     completion<per_item<std::string, admin::group_description>> done) {
  auto outcomes =
      gathering<std::string, admin::group_description>::start(groups, completions_, std::move(done));
  for (const auto& group : groups) {
    auto make = [group](api_version) {
      wire::describe_groups_request out;
      out.groups.push_back(group);
      return out;
    };
    auto code_of = [](const wire::describe_groups_response& r) {
      return r.groups.empty() ? error_code::malformed_response : r.groups.front().error_code;
    };
    auto finish = [this, outcomes, group, deadline](answer<wire::describe_groups_response> came,
                                                    instant now) {
      if (!came.got) return outcomes->put(group, came.got.failure());
      auto described = outcome_of(came.got->groups.front(), group, now);
      if (!is_not_classic(came)) return outcomes->put(group, std::move(described));
      describe_consumer_group(group, deadline, [outcomes, group, described](auto found, bool is_one) {
        outcomes->put(group, is_one ? std::move(found) : described);
      });
    };
    requests_.call<wire::describe_groups_request>(at_coordinator{group}, deadline, INT16_MAX, std::move(make),
                                                  code_of, std::move(finish));
  }
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
  auto code_of = [](const wire::consumer_group_describe_response& r) {
    return r.groups.empty() ? error_code::malformed_response : r.groups.front().error_code;
  };
  auto finish = [this, group, done = std::move(done)](answer<wire::consumer_group_describe_response> came,
                                                      instant now) mutable {
    if (!came.got) return done(came.got.failure(), came.got.code() != error_code::unsupported_version);
    const auto& said = came.got->groups.front();
    done(outcome_of(said, group, now), said.error_code != error_code::group_id_not_found);
  };
  requests_.call<wire::consumer_group_describe_request>(at_coordinator{group}, deadline, INT16_MAX,
                                                        std::move(make), code_of, std::move(finish));
}

void administration::delete_groups(std::vector<std::string> groups, time_point deadline,
                                   completion<per_item<std::string, void>> done) {
  auto outcomes = gathering<std::string, void>::start(groups, completions_, std::move(done));
  for (const auto& group : groups) {
    auto make = [group](api_version) {
      wire::delete_groups_request out;
      out.groups_names.push_back(group);
      return out;
    };
    auto code_of = [](const wire::delete_groups_response& r) {
      return r.results.empty() ? error_code::malformed_response : r.results.front().error_code;
    };
    auto finish = [outcomes, group, code_of](answer<wire::delete_groups_response> came, instant) {
      const auto code = came.got ? code_of(*came.got) : error_code::none;
      if (!came.got)
        outcomes->put(group, came.got.failure());
      else if (code != error_code::none)
        outcomes->put(group, refused(code, {}));
      else
        outcomes->put(group, {});
    };
    requests_.call<wire::delete_groups_request>(at_coordinator{group}, deadline, INT16_MAX, std::move(make),
                                                code_of, std::move(finish));
  }
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
  offsets_.commit(
      group, [] { return committer_now{}; }, std::move(offsets), deadline,
      [this, done = std::move(done)](per_item<topic_partition, void> came, instant) mutable {
        completions_.post(std::move(done), result<per_item<topic_partition, void>>(std::move(came)));
      });
}

}  // namespace klamm::client
