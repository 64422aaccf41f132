// Administration of delegation tokens (KIP-48, KIP-373): passwords for SCRAM that the cluster makes, and forgets when they expire.
#include <algorithm>

#include "base/base64.hpp"
#include "client/admin_calls.hpp"
#include "wire/messages/create_delegation_token.hpp"
#include "wire/messages/describe_delegation_token.hpp"
#include "wire/messages/expire_delegation_token.hpp"
#include "wire/messages/renew_delegation_token.hpp"

namespace klamm::client {
namespace {

struct principal {
  std::string_view type, name;
};

/// `User:alice` in its parts. Precondition: fault_of() finds none.
principal parts_of(std::string_view text) {
  const auto colon = text.find(':');
  return {text.substr(0, colon), text.substr(colon + 1)};
}

std::optional<error> fault_of(const std::vector<std::string>& principals) {
  const auto wrong = std::ranges::find_if(principals, [](const auto& text) {
    const auto colon = text.find(':');
    return colon == 0 || colon >= text.size() - 1;
  });
  if (wrong == principals.end()) return std::nullopt;
  return error(error_code::invalid_principal_type,
               "\"" + *wrong + "\" is no principal: it has a type and a name, as User:alice");
}

std::string text_of(std::string_view type, std::string_view name) {
  return std::string(type) + ":" + std::string(name);
}

/// Brokers before 3.3 say nothing of who asked for a token: it was its owner.
std::string requester_of(const auto& said) {
  if (said.token_requester_principal_name.empty()) return text_of(said.principal_type, said.principal_name);
  return text_of(said.token_requester_principal_type, said.token_requester_principal_name);
}

/// What a new token and one that is described say of themselves alike.
admin::delegation_token read_token(const auto& said) {
  admin::delegation_token out;
  out.id = said.token_id;
  out.hmac = base64_encode(said.hmac, base64_alphabet::padded);
  out.owner = text_of(said.principal_type, said.principal_name);
  out.requester = requester_of(said);
  return out;
}

wire::create_delegation_token_request creation_of(const admin::new_token& what) {
  wire::create_delegation_token_request out;
  if (!what.owner.empty()) {
    const auto owner = parts_of(what.owner);
    out.owner_principal_type = owner.type;
    out.owner_principal_name = owner.name;
  }
  for (const auto& r : what.renewers) {
    const auto renewer = parts_of(r);
    out.renewers.push_back({renewer.type, renewer.name, {}});
  }
  out.max_lifetime_ms = what.max_lifetime;
  return out;
}

result<std::vector<std::byte>> bytes_of_hmac(const std::string& text) {
  auto bytes = base64_decode(text, base64_alphabet::padded);
  if (!bytes || bytes->empty())
    return error(error_code::invalid_request,
                 "what names the token is not the HMAC of one: it is base64, as the token has it");
  return *std::move(bytes);
}

}  // namespace

void administration::create_token(admin::new_token what, time_point deadline,
                                  completion<admin::delegation_token> done) {
  auto principals = what.renewers;
  if (!what.owner.empty()) principals.push_back(what.owner);
  if (auto wrong = fault_of(principals)) return completions_.post(std::move(done), {*std::move(wrong)});
  auto read = [renewers = what.renewers](const wire::create_delegation_token_response& said) {
    auto out = read_token(said);
    out.renewers = renewers;
    out.issued = said.issue_timestamp_ms;
    out.expires = said.expiry_timestamp_ms;
    out.ends = said.max_timestamp_ms;
    return out;
  };
  ask_for<wire::create_delegation_token_request>(
      at_any{}, [what = std::move(what)](api_version) { return creation_of(what); }, read, deadline,
      std::move(done));
}

void administration::renew_token(std::string hmac, millis period, time_point deadline,
                                 completion<timestamp> done) {
  auto bytes = bytes_of_hmac(hmac);
  if (!bytes) return completions_.post(std::move(done), {bytes.failure()});
  auto make = [bytes = *std::move(bytes), period](api_version) {
    wire::renew_delegation_token_request out;
    out.hmac = bytes;
    out.renew_period_ms = period;
    return out;
  };
  auto read = [](const wire::renew_delegation_token_response& said) { return said.expiry_timestamp_ms; };
  ask_for<wire::renew_delegation_token_request>(at_any{}, std::move(make), read, deadline, std::move(done));
}

void administration::expire_token(std::string hmac, millis after, time_point deadline,
                                  completion<timestamp> done) {
  auto bytes = bytes_of_hmac(hmac);
  if (!bytes) return completions_.post(std::move(done), {bytes.failure()});
  auto make = [bytes = *std::move(bytes), after](api_version) {
    wire::expire_delegation_token_request out;
    out.hmac = bytes;
    out.expiry_time_period_ms = after;
    return out;
  };
  auto read = [](const wire::expire_delegation_token_response& said) { return said.expiry_timestamp_ms; };
  ask_for<wire::expire_delegation_token_request>(at_any{}, std::move(make), read, deadline, std::move(done));
}

void administration::describe_tokens(std::vector<std::string> owners, time_point deadline,
                                     completion<std::vector<admin::delegation_token>> done) {
  if (auto wrong = fault_of(owners)) return completions_.post(std::move(done), {*std::move(wrong)});
  auto make = [owners = std::move(owners)](api_version) {
    wire::describe_delegation_token_request out;
    if (owners.empty())
      out.owners.reset();
    else
      out.owners.emplace();
    for (const auto& o : owners) {
      const auto owner = parts_of(o);
      out.owners->push_back({owner.type, owner.name, {}});
    }
    return out;
  };
  auto read = [](const wire::describe_delegation_token_response& said) {
    std::vector<admin::delegation_token> out;
    for (const auto& t : said.tokens) {
      auto& to = out.emplace_back(read_token(t));
      for (const auto& r : t.renewers) to.renewers.push_back(text_of(r.principal_type, r.principal_name));
      to.issued = t.issue_timestamp;
      to.expires = t.expiry_timestamp;
      to.ends = t.max_timestamp;
    }
    return out;
  };
  ask_for<wire::describe_delegation_token_request>(at_any{}, std::move(make), read, deadline,
                                                   std::move(done));
}

}  // namespace klamm::client
