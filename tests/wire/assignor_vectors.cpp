#include "assignor_vectors.hpp"

#include <algorithm>
#include <exception>
#include <set>

#include <nlohmann/json.hpp>

#include "client/assignor.hpp"
#include "difference.hpp"
#include "vector_file.hpp"

namespace klamm::wire_test {
namespace {

using namespace klamm::client;
using nlohmann::json;

std::vector<topic_partition> partitions(const json& list) {
  std::vector<topic_partition> out;
  for (const auto& at : list) out.push_back({at.at(0), partition_id(at.at(1))});
  std::ranges::sort(out);
  return out;
}

std::vector<assignable_topic> topics_of(const json& group) {
  std::vector<assignable_topic> out;
  for (const auto& [name, topic] : group.at("topics").items()) {
    assignable_topic t{name,
                       std::vector<std::vector<std::string>>(topic.at("partitions").get<std::size_t>())};
    if (topic.contains("replica_racks")) t.replica_racks = topic.at("replica_racks");
    out.push_back(std::move(t));
  }
  return out;
}

member_subscription member_of(const json& m, const std::string& assignor) {
  member_subscription member{.id = m.at("id"), .topics = m.at("topics")};
  if (!m.at("instance_id").is_null()) member.instance_id = m.at("instance_id");
  if (!m.at("rack").is_null()) member.rack = m.at("rack");
  member.generation = generation_id(m.at("generation"));
  member.owned = partitions(m.at("owned"));
  const auto& user_data = m.at("user_data_hex");
  if (user_data.contains(assignor) && !user_data.at(assignor).is_null())
    member.user_data = from_hex(user_data.at(assignor).get<std::string>());
  return member;
}

std::vector<member_subscription> members_of(const json& group, const std::string& assignor) {
  std::vector<member_subscription> out;
  for (const auto& m : group.at("members")) out.push_back(member_of(m, assignor));
  return out;
}

group_assignment expected(const json& group, const std::string& assignor) {
  group_assignment out;
  for (const auto& [member, list] : group.at("assignments").at(assignor).items())
    out[member] = partitions(list);
  return out;
}

json shown(const group_assignment& assignment) {
  json out = json::object();
  for (const auto& [member, list] : assignment)
    for (const auto& at : list) out[member].push_back({at.topic, at.partition.value});
  return out;
}

std::set<topic_partition> wanted(const json& group, const std::vector<member_subscription>& members) {
  std::set<topic_partition> out;
  const auto& topics = group.at("topics");
  for (const auto& m : members)
    for (const auto& topic : m.topics)
      for (int p = 0; topics.contains(topic) && p < topics.at(topic).at("partitions"); ++p)
        out.insert({topic, partition_id(p)});
  return out;
}

/// Nobody gets what it does not want, and nothing is given twice.
std::set<topic_partition> given(const group_assignment& ours,
                                const std::vector<member_subscription>& members) {
  std::set<topic_partition> out;
  for (const auto& [id, list] : ours) {
    const auto& topics = std::ranges::find(members, id, &member_subscription::id)->topics;
    for (const auto& at : list) {
      if (std::ranges::count(topics, at.topic) != 1) throw difference(id + " does not want " + at.topic);
      if (!out.insert(at).second) throw difference(at.topic + " has a partition that is given twice");
    }
  }
  return out;
}

/// Members that want the same topics differ by at most one partition.
void check_balanced(const group_assignment& ours, const std::vector<member_subscription>& members) {
  for (const auto& a : members)
    for (const auto& b : members)
      if (std::set(a.topics.begin(), a.topics.end()) == std::set(b.topics.begin(), b.topics.end()) &&
          ours.at(a.id).size() > ours.at(b.id).size() + 1)
        throw difference(a.id + " has more than one partition more than " + b.id);
}

void check(const json& group, const std::string& name) {
  const auto members = members_of(group, name);
  const auto ours = find_assignor(name)->assign(topics_of(group), members);
  const auto javas = expected(group, name);
  if (!order_matters(group, name)) {
    if (ours != javas) expect("assignment", shown(ours), shown(javas));
    if (ours != javas) throw difference("other members");
    return;
  }
  const auto all = given(ours, members);
  if (name != "sticky") return;
  if (all != wanted(group, members)) throw difference("not all that is wanted is given out");
  check_balanced(ours, members);
}

}  // namespace

bool is_assignor_vector(const json& vector) {
  return vector.contains("members") && vector.contains("assignments") && vector.contains("order_matters");
}

bool order_matters(const json& vector, const std::string& assignor) {
  const auto names = vector.at("order_matters").get<std::vector<std::string>>();
  return std::ranges::find(names, assignor) != names.end();
}

std::string check_assignor_vector(const json& vector) {
  for (const auto& [name, assignment] : vector.at("assignments").items()) try {
      if (find_assignor(name) == nullptr) return "we have no assignor " + name;
      check(vector, name);
    } catch (const std::exception& e) {
      return name + ": " + e.what();
    }
  return {};
}

}  // namespace klamm::wire_test
