// Administration of users: their SCRAM credentials (KIP-554) and their quotas (KIP-546).
#include <set>
#include <span>

#include "client/admin_calls.hpp"
#include "wire/messages/alter_client_quotas.hpp"
#include "wire/messages/alter_user_scram_credentials.hpp"
#include "wire/messages/describe_client_quotas.hpp"
#include "wire/messages/describe_user_scram_credentials.hpp"

namespace klamm::client {
namespace {

using credentials = std::vector<admin::scram_credential>;

result<credentials> read_credentials(const auto& said) {
  if (said.error_code != error_code::none) return refused(said.error_code, said.error_message);
  credentials out;
  for (const auto& c : said.credential_infos) out.push_back({c.mechanism, c.iterations});
  return out;
}

/// Each user once, as the answer has them.
std::vector<std::string> users_of(const std::vector<admin::scram_change>& changes) {
  std::vector<std::string> out;
  std::set<std::string_view> seen;
  for (const auto& c : changes)
    if (seen.insert(c.user).second) out.push_back(c.user);
  return out;
}

/// A user of whom one change could not be made has that outcome, and none of the others is sent.
void refuse_users(std::vector<admin::scram_change>& changes, gathering<std::string, void>& outcomes) {
  std::set<std::string> refused_users;
  for (const auto& c : changes) {
    if (!c.unacceptable) continue;
    refused_users.insert(c.user);
    outcomes.put(c.user, *c.unacceptable);
  }
  std::erase_if(changes, [&](const auto& c) { return refused_users.contains(c.user); });
}

bytes_view bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

admin::quota_entity read_entity(const auto& said) {
  admin::quota_entity out;
  for (const auto& e : said)
    out.emplace(std::string(e.entity_type),
                e.entity_name ? std::optional<std::string>(*e.entity_name) : std::nullopt);
  return out;
}

}  // namespace

void administration::describe_scram(std::vector<std::string> users, time_point deadline,
                                    completion<per_item<std::string, credentials>> done) {
  using outcomes = per_item<std::string, credentials>;
  auto make = [users](api_version) {
    wire::describe_user_scram_credentials_request out;
    if (users.empty())
      out.users.reset();
    else
      out.users.emplace();
    for (const auto& u : users) out.users->emplace_back().name = u;
    return out;
  };
  auto finish = [this, users, done = std::move(done)](
                    answer<wire::describe_user_scram_credentials_response> came, instant) mutable {
    if (!came.got) return completions_.post(std::move(done), result<outcomes>(came.got.failure()));
    if (auto whole = accepted(came.got->error_code, came.got->error_message); !whole)
      return completions_.post(std::move(done), result<outcomes>(whole.failure()));
    outcomes said;
    for (const auto& r : came.got->results) said.emplace_back(std::string(r.user), read_credentials(r));
    if (users.empty()) return completions_.post(std::move(done), result<outcomes>(std::move(said)));
    auto each = gathering<std::string, credentials>::start(users, completions_, std::move(done));
    for (auto& [user, outcome] : said) each->put(user, std::move(outcome));
    each->fail(users, left_out("user"));
  };
  requests_.call<wire::describe_user_scram_credentials_request>(
      at_any{}, deadline, INT16_MAX, std::move(make),
      [](const wire::describe_user_scram_credentials_response& r) { return r.error_code; },
      std::move(finish));
}

void administration::alter_scram(std::vector<admin::scram_change> changes, time_point deadline,
                                 completion<per_item<std::string, void>> done) {
  auto outcomes = gathering<std::string, void>::start(users_of(changes), completions_, std::move(done));
  refuse_users(changes, *outcomes);
  if (changes.empty()) return;
  auto make = [changes = std::move(changes)](api_version) {
    wire::alter_user_scram_credentials_request out;
    for (const auto& c : changes) {
      if (c.remove) {
        out.deletions.push_back({c.user, c.mechanism, {}});
        continue;
      }
      auto& to = out.upsertions.emplace_back();
      to.name = c.user;
      to.mechanism = c.mechanism;
      to.iterations = c.iterations;
      to.salt = bytes_of(c.salt);
      to.salted_password = bytes_of(c.salted_password);
    }
    return out;
  };
  auto code_of = [](const wire::alter_user_scram_credentials_response& r) {
    return code_of_items(r.results);
  };
  auto finish = [outcomes](answer<wire::alter_user_scram_credentials_response> came, instant) {
    if (!outcomes->heard(came)) return;
    for (const auto& r : came.got->results)
      outcomes->put(std::string(r.user), accepted(r.error_code, r.error_message));
    outcomes->fail(outcomes->items(), left_out("user"));
  };
  requests_.call<wire::alter_user_scram_credentials_request>(at_controller{}, deadline, INT16_MAX,
                                                             std::move(make), code_of, std::move(finish));
}

void administration::describe_quotas(std::vector<admin::quota_match> which, bool strict, time_point deadline,
                                     completion<std::vector<admin::quota>> done) {
  auto make = [which = std::move(which), strict](api_version) {
    wire::describe_client_quotas_request out;
    out.strict = strict;
    for (const auto& w : which) {
      auto& to = out.components.emplace_back();
      to.entity_type = w.type;
      to.match_type = w.match;
      if (w.match == admin::quota_match::exact)
        to.match = w.name;
      else
        to.match.reset();
    }
    return out;
  };
  auto read = [](const wire::describe_client_quotas_response& said) {
    std::vector<admin::quota> out;
    if (!said.entries) return out;
    for (const auto& e : *said.entries) {
      auto& to = out.emplace_back(admin::quota{read_entity(e.entity), {}});
      for (const auto& v : e.values) to.values.emplace(std::string(v.key), v.value);
    }
    return out;
  };
  ask_for<wire::describe_client_quotas_request>(at_any{}, std::move(make), read, deadline, std::move(done));
}

void administration::alter_quotas(std::vector<admin::quota_change> changes, bool validate_only,
                                  time_point deadline, completion<per_item<admin::quota_entity, void>> done) {
  std::vector<admin::quota_entity> entities;
  entities.reserve(changes.size());
  for (const auto& c : changes) entities.push_back(c.entity);
  auto outcomes =
      gathering<admin::quota_entity, void>::start(std::move(entities), completions_, std::move(done));
  if (changes.empty()) return;
  auto make = [changes = std::move(changes), validate_only](api_version) {
    wire::alter_client_quotas_request out;
    out.validate_only = validate_only;
    for (const auto& c : changes) {
      auto& to = out.entries.emplace_back();
      for (const auto& [type, name] : c.entity) to.entity.push_back({type, name, {}});
      for (const auto& [key, value] : c.values)
        to.ops.push_back({key, value.value_or(0), !value.has_value(), {}});
    }
    return out;
  };
  auto finish = [outcomes](answer<wire::alter_client_quotas_response> came, instant) {
    if (!outcomes->heard(came)) return;
    for (const auto& e : came.got->entries)
      outcomes->put(read_entity(e.entity), accepted(e.error_code, e.error_message));
    outcomes->fail(outcomes->items(), left_out("entity"));
  };
  requests_.call<wire::alter_client_quotas_request>(
      at_controller{}, deadline, INT16_MAX, std::move(make),
      [](const wire::alter_client_quotas_response& r) { return code_of_items(r.entries); },
      std::move(finish));
}

}  // namespace klamm::client
