// inspect::call: one connection, one request, one answer.
#include <algorithm>
#include <cctype>
#include <charconv>
#include <chrono>
#include <optional>
#include <utility>

#include <asio/io_context.hpp>
#include <fmt/format.h>

#include <klamm/inspect.hpp>

#include "api/bootstrap.hpp"
#include "api/error_details.hpp"
#include "api/option_table.hpp"
#include "api/security.hpp"
#include "link/client_connection.hpp"
#include "net/driver.hpp"
#include "net/system.hpp"
#include "wire/json/catalog.hpp"
#include "wire/reader.hpp"
#include "wire/writer.hpp"

namespace klamm {
inline namespace v1 {
namespace inspect {
namespace {

/// A request whose bytes depend on the version that the connection settles on.
struct question {
  const wire::message_type& request;
  const wire::message_type& response;
  int version;
  const wire::json& body;
};

/// Asks one question on one connection, and keeps the outcome.
class one_call final : public link::net_machine {
 public:
  one_call(link::endpoint to, link::client_connection_options options, const question& what)
      : connection_(link::connection_id(1), std::move(to), std::move(options)), question_(what) {}

  void start(instant now, link::net_effects& out) { connection_.start(now, {out, settled_}); }
  mutable_bytes read_buffer(link::connection_id) override { return connection_.read_buffer(); }
  time_point deadline() const override { return outcome_ ? never : connection_.deadline(); }

  void on(const link::net_event& event, instant now, link::net_effects& out) override {
    const link::client_output output{out, settled_};
    if (std::get_if<link::event::connected>(&event)) connection_.on_connected(now, output);
    if (const auto* got = std::get_if<link::event::received>(&event))
      connection_.on_received(got->count, now, output);
    if (const auto* took = std::get_if<link::event::sent>(&event))
      connection_.on_sent(took->count, now, output);
    if (std::get_if<link::event::tick>(&event)) connection_.on_tick(now, output);
    if (const auto* over = std::get_if<link::event::closed>(&event)) {
      connection_.on_closed(over->why, now, output);
      if (!outcome_) outcome_ = over->why;
    }
    if (!asked_ && connection_.ready()) ask(now, output);
    if (connection_.state() == link::client_connection::phase::closed && !outcome_)
      outcome_ = connection_.closed_because();
    for (auto& each : std::exchange(settled_, {})) each.handler(std::move(each.reply), now);
  }

  std::optional<result<std::string>>& outcome() { return outcome_; }

 private:
  void ask(instant now, const link::client_output& out) {
    asked_ = true;
    const auto key = static_cast<wire::api_key>(*question_.request.key);
    const auto wanted =
        question_.version < 0 ? question_.request.versions.max : static_cast<api_version>(question_.version);
    const auto version = connection_.version_of(key, wanted);
    if (!version) return finish(version.failure());
    if (question_.version >= 0 && *version != question_.version)
      return finish(
          error(error_code::unsupported_version,
                fmt::format("the broker has {} only up to version {}", question_.request.name, *version)));
    const auto message = question_.request.make();
    if (const auto read = message->set_json(question_.body, *version); !read) return finish(read.failure());
    wire::writer bytes;
    message->encode_to(bytes, *version);
    if (!bytes.ok()) return finish(error(error_code::invalid_request, bytes.failure()));
    const auto sent = connection_.send_encoded(
        key, *version, bytes.finish(), {}, [this](link::reply&& reply, instant) { finish(answer(reply)); },
        now, out);
    if (!sent) finish(sent.failure());
  }

  result<std::string> answer(const link::reply& reply) const {
    if (!reply.answer) return reply.answer.failure();
    const auto& response = *reply.answer;
    const auto message = question_.response.make();
    wire::reader from(response.body);
    message->decode_from(from, response.version);
    if (!from.ok()) return error(error_code::malformed_response, from.failure());
    return message->as_json(response.version).dump(-1, ' ', false, wire::json::error_handler_t::replace);
  }

  void finish(result<std::string> outcome) {
    if (!outcome_) outcome_ = std::move(outcome);
  }

  link::client_connection connection_;
  const question& question_;
  bool asked_ = false;
  std::vector<link::settled_request> settled_;
  std::optional<result<std::string>> outcome_;
};

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

std::string_view api_name(const wire::message_type& type) {
  auto name = type.name;
  name.remove_suffix(std::string_view("Request").size());
  return name;
}

const wire::message_type* find_api(std::string_view api) {
  int key = -1;
  const auto [end, failure] = std::from_chars(api.data(), api.data() + api.size(), key);
  const bool by_key = failure == std::errc() && end == api.data() + api.size();
  for (const auto* type : wire::catalog())
    if (type->kind == wire::message_kind::request &&
        (by_key ? *type->key == key : same_name(api_name(*type), api)))
      return type;
  return nullptr;
}

result<std::string> ask(const link::endpoint& to, const ClientOptions& client, const question& what) {
  asio::io_context io(1);
  link::client_connection_options options;
  options.client_id = client.client_id;
  options.sasl = api::sasl_of(client);
  one_call machine(to, options, what);
  net::driver_options shell;
  shell.tls = api::tls_of(client);
  shell.after_round = [&] {
    if (machine.outcome()) io.stop();
  };
  net::driver driver(io.get_executor(), machine, std::move(shell));
  driver.post([&](instant now, link::net_effects& out) { machine.start(now, out); });
  io.run_for(client.api_timeout);
  driver.shut_down();
  if (!machine.outcome())
    return error(error_code::timed_out, fmt::format("{}:{} did not answer in time", to.host, to.port));
  return *machine.outcome();
}

}  // namespace

std::vector<ApiInfo> apis() {
  std::vector<ApiInfo> all;
  for (const auto* type : wire::catalog())
    if (type->kind == wire::message_kind::request)
      all.push_back({std::string(api_name(*type)), *type->key, type->versions.min, type->versions.max});
  return all;
}

Result<std::string> call(const ClientOptions& client, std::string_view api, int version,
                         std::string_view request) {
  const auto operation = fmt::format("call {}", api);
  const auto failed = [&](const klamm::error& why) { return api::to_error(why, {.operation = operation}); };
  if (auto faults = api::check_options(api::client_kind::admin, {.client = client}); !faults.empty())
    return ConfigError(std::move(faults)).error();
  const auto* type = find_api(api);
  if (!type) return failed({error_code::invalid_request, fmt::format("there is no API \"{}\"", api)});
  if (version >= 0 && !type->versions.contains(static_cast<api_version>(version)))
    return failed({error_code::unsupported_version, fmt::format("{} has versions {} to {} here", type->name,
                                                                type->versions.min, type->versions.max)});
  const auto body = wire::json::parse(request, nullptr, false);
  if (body.is_discarded() || !body.is_object())
    return failed({error_code::invalid_request, "the request is not a JSON object"});
  const question what{
      *type, *wire::find_message(wire::message_kind::response, static_cast<wire::api_key>(*type->key)),
      version, body};
  const auto servers = api::parse_bootstrap(client.bootstrap_servers);
  result<std::string> outcome = error(error_code::connect_failed);
  for (const auto& server : *servers) {
    outcome = ask(server, client, what);
    if (outcome || outcome.code() != error_code::connect_failed) break;
  }
  if (!outcome) return failed(outcome.failure());
  return *std::move(outcome);
}

}  // namespace inspect
}  // namespace v1
}  // namespace klamm
