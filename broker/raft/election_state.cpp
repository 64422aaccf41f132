#include "broker/raft/election_state.hpp"

#include <nlohmann/json.hpp>

namespace klamm::broker::raft {
namespace {

constexpr int written_version = 1;

error damaged_state(std::string_view why) {
  return {error_code::corrupt_message, "quorum-state is damaged: " + std::string(why)};
}

}  // namespace

std::string to_json(const election_state& state) {
  return nlohmann::json{{"leaderId", state.leader.value},
                        {"leaderEpoch", state.epoch.value},
                        {"votedId", state.voted.value},
                        {"votedDirectoryId", to_string(state.voted_directory)},
                        {"data_version", written_version}}
      .dump();
}

result<election_state> parse_election_state(std::string_view text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return damaged_state("it is no JSON object");
  const auto number = [&](const char* field, std::int32_t& to) {
    const auto found = json.find(field);
    if (found == json.end() || !found->is_number_integer()) return false;
    to = found->get<std::int32_t>();
    return true;
  };
  election_state state;
  if (!number("leaderId", state.leader.value)) return damaged_state("leaderId is not a number");
  if (!number("leaderEpoch", state.epoch.value)) return damaged_state("leaderEpoch is not a number");
  if (!number("votedId", state.voted.value)) return damaged_state("votedId is not a number");
  if (const auto directory = json.find("votedDirectoryId"); directory != json.end()) {  // version 0 has none
    const auto id = directory->is_string() ? parse_uuid(directory->get<std::string>()) : std::nullopt;
    if (!id) return damaged_state("votedDirectoryId is not a UUID");
    state.voted_directory = *id;
  }
  return state;
}

}  // namespace klamm::broker::raft
