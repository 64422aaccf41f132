// How the administration asks many: all brokers, or the coordinators of many keys. Shared by its files only.
#pragma once

#include <map>
#include <memory>

#include "client/administration.hpp"

namespace klamm::client {

/// What all brokers list, each item once, by its id.
template <class T>
struct listing {
  std::size_t left = 0;
  std::map<std::string, T> all;
  std::optional<error> failure;
  completion<std::vector<T>> done;

  void finish_one(completion_queue& to) {
    if (--left > 0) return;
    if (failure) return to.post(std::move(done), {*failure});
    std::vector<T> out;
    out.reserve(all.size());
    for (auto& [id, one] : all) out.push_back(std::move(one));
    to.post(std::move(done), {std::move(out)});
  }
};

template <class Request, class T, class Make, class Read>
void administration::ask_every_broker(Make make, Read read, time_point deadline,
                                      completion<std::vector<T>> done) {
  using response = typename Request::response;
  auto all = std::make_shared<listing<T>>();
  all->done = std::move(done);
  ask_cluster(deadline, [=, this](result<admin::cluster_description> cluster, instant) {
    all->left = 1;
    if (!cluster)
      all->failure = cluster.failure();
    else
      all->left += cluster->brokers.size();
    for (std::size_t i = 0; cluster && i < cluster->brokers.size(); ++i) {
      auto finish = [this, all, read](answer<response> came, instant) {
        auto said = came.got ? accepted(came.got->error_code, {}) : result<void>(came.got.failure());
        if (said) said = read(*came.got, all->all);
        if (!said && !all->failure) all->failure = said.failure();
        all->finish_one(completions_);
      };
      requests_.call<Request>(
          at_node{cluster->brokers[i].id}, deadline, INT16_MAX, make,
          [](const response& r) { return r.error_code; }, std::move(finish));
    }
    all->finish_one(completions_);
  });
}

template <class Request, class Make, class CodeOf, class Finish>
void administration::ask_coordinators(const std::vector<std::string>& keys, coordinator_type type,
                                      time_point deadline, Make make, CodeOf code_of, Finish finish) {
  for (const auto& key : keys)
    requests_.call<Request>(
        at_coordinator{key, type}, deadline, INT16_MAX, [make, key](api_version) { return make(key); },
        code_of,
        [finish, key](answer<typename Request::response> came, instant now) {
          finish(key, std::move(came), now);
        });
}

/// What an answer says of its error in words; those of some APIs have none.
std::optional<std::string_view> words_of(const auto& said) {
  if constexpr (requires { said.error_message; })
    return said.error_message;
  else
    return std::nullopt;
}

/// What says of itself whether it is an error.
template <class Request, class T, class Make, class Read>
void administration::ask_for(call_target whom, Make make, Read read, time_point deadline,
                             completion<T> done) {
  using response = typename Request::response;
  auto finish = [this, read, done = std::move(done)](answer<response> came, instant) mutable {
    if (!came.got) return completions_.post(std::move(done), {came.got.failure()});
    if (came.got->error_code != error_code::none)
      return completions_.post(
          std::move(done), {told_as(came.maybe_written, refused(came.got->error_code, words_of(*came.got)))});
    completions_.post(std::move(done), result<T>(read(*came.got)));
  };
  requests_.call<Request>(
      std::move(whom), deadline, INT16_MAX, std::move(make), [](const response& r) { return r.error_code; },
      std::move(finish));
}

/// The error of the only item that was asked for.
error_code code_of_only(const auto& items) {
  return items.empty() ? error_code::malformed_response : items.front().error_code;
}

/// NOT_CONTROLLER stands with each item: the whole is asked again of the new one.
error_code code_of_items(const auto& items) {
  for (const auto& i : items)
    if (i.error_code == error_code::not_controller) return i.error_code;
  return error_code::none;
}

}  // namespace klamm::client
