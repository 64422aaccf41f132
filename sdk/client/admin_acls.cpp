// Administration of access control lists (KIP-140, KIP-290). Answers tell of items by their places.
#include "client/admin_calls.hpp"
#include "wire/messages/create_acls.hpp"
#include "wire/messages/delete_acls.hpp"
#include "wire/messages/describe_acls.hpp"

namespace klamm::client {
namespace {

/// The filter of a request: null lets everything pass.
void put_filter(const admin::acl_filter& which, auto& to) {
  to.resource_type_filter = which.resource_type;
  to.resource_name_filter = which.resource;
  to.pattern_type_filter = which.pattern;
  to.principal_filter = which.principal;
  to.host_filter = which.host;
  to.operation = which.operation;
  to.permission_type = which.permission;
}

admin::acl read_acl(const auto& on, const auto& said) {
  return {on.resource_type,       std::string(on.resource_name),
          on.pattern_type,        std::string(said.principal),
          std::string(said.host), said.operation,
          said.permission_type};
}

/// What a filter deleted; one that could not be deleted is the filter's error, since what is left may still let someone in.
result<std::vector<admin::acl>> read_deletion(const auto& said) {
  if (said.error_code != error_code::none) return refused(said.error_code, said.error_message);
  std::vector<admin::acl> out;
  for (const auto& m : said.matching_acls) {
    if (m.error_code != error_code::none) return refused(m.error_code, m.error_message);
    out.push_back(read_acl(m, m));
  }
  return out;
}

/// `read(said)` is the outcome of the item at the same place.
template <class Outcome, class K>
per_item<K, Outcome> by_place(const std::vector<K>& asked, const auto& said, auto read) {
  per_item<K, Outcome> out;
  for (std::size_t i = 0; i < asked.size(); ++i)
    out.emplace_back(asked[i], i < said.size() ? read(said[i]) : result<Outcome>(left_out("item")));
  return out;
}

}  // namespace

void administration::describe_acls(admin::acl_filter which, time_point deadline,
                                   completion<std::vector<admin::acl>> done) {
  auto make = [which = std::move(which)](api_version) {
    wire::describe_acls_request out;
    put_filter(which, out);
    return out;
  };
  auto read = [](const wire::describe_acls_response& said) {
    std::vector<admin::acl> out;
    for (const auto& r : said.resources)
      for (const auto& a : r.acls) out.push_back(read_acl(r, a));
    return out;
  };
  ask_for<wire::describe_acls_request>(at_any{}, std::move(make), read, deadline, std::move(done));
}

void administration::create_acls(std::vector<admin::acl> acls, time_point deadline,
                                 completion<per_item<admin::acl, void>> done) {
  using outcomes = per_item<admin::acl, void>;
  auto make = [acls](api_version) {
    wire::create_acls_request out;
    for (const auto& a : acls) {
      auto& to = out.creations.emplace_back();
      to.resource_type = a.resource_type;
      to.resource_name = a.resource;
      to.resource_pattern_type = a.pattern;
      to.principal = a.principal;
      to.host = a.host;
      to.operation = a.operation;
      to.permission_type = a.permission;
    }
    return out;
  };
  auto finish = [this, acls, done = std::move(done)](answer<wire::create_acls_response> came,
                                                     instant) mutable {
    if (!came.got) return completions_.post(std::move(done), result<outcomes>(came.got.failure()));
    completions_.post(std::move(done),
                      result<outcomes>(by_place<void>(acls, came.got->results, [](const auto& r) {
                        return accepted(r.error_code, r.error_message);
                      })));
  };
  requests_.call<wire::create_acls_request>(
      at_controller{}, deadline, INT16_MAX, std::move(make),
      [](const wire::create_acls_response& r) { return code_of_items(r.results); }, std::move(finish));
}

void administration::delete_acls(std::vector<admin::acl_filter> which, time_point deadline,
                                 completion<per_item<admin::acl_filter, std::vector<admin::acl>>> done) {
  using outcomes = per_item<admin::acl_filter, std::vector<admin::acl>>;
  auto make = [which](api_version) {
    wire::delete_acls_request out;
    for (const auto& w : which) put_filter(w, out.filters.emplace_back());
    return out;
  };
  auto finish = [this, which, done = std::move(done)](answer<wire::delete_acls_response> came,
                                                      instant) mutable {
    if (!came.got) return completions_.post(std::move(done), result<outcomes>(came.got.failure()));
    completions_.post(std::move(done),
                      result<outcomes>(by_place<std::vector<admin::acl>>(
                          which, came.got->filter_results, [](const auto& r) { return read_deletion(r); })));
  };
  requests_.call<wire::delete_acls_request>(
      at_controller{}, deadline, INT16_MAX, std::move(make),
      [](const wire::delete_acls_response& r) { return code_of_items(r.filter_results); }, std::move(finish));
}

}  // namespace klamm::client
