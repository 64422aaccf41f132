// One form posted to a web server, by cpp-httplib. It blocks: for threads that may.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace klamm::net {

struct form_post {
  std::string url;  // http:// or https://
  std::vector<std::pair<std::string, std::string>> form;
  /// Told by HTTP's basic authentication (RFC 7617).
  std::string user, password;
  /// The PEM file of who may sign the server's certificate, whose name is checked; empty: the system's store.
  std::string ca_file;
  /// Of each step: connecting, sending, receiving.
  duration timeout = millis(10'000);
};

struct web_answer {
  int status = 0;
  std::string body;
};

/// Whether it is an address that post() can go to.
bool is_web_address(std::string_view url);
/// Fails with connect_failed, saying why there is no answer. Redirections are not followed: what is posted is for one server alone.
result<web_answer> post(const form_post& what);

}  // namespace klamm::net
