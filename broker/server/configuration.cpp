#include "broker/server/configuration.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <unistd.h>

#include <fmt/format.h>

#include "broker/server/process_roles.hpp"

namespace klamm::broker::server {
namespace {

constexpr std::int64_t minute_ms = 60'000, hour_ms = 60 * minute_ms;
// The later one counts where several are given: milliseconds over minutes over hours.
constexpr unit_alias aliases[] = {{"log.retention.hours", "log.retention.ms", hour_ms},
                                  {"log.retention.minutes", "log.retention.ms", minute_ms},
                                  {"log.roll.hours", "log.roll.ms", hour_ms},
                                  {"log.roll.jitter.hours", "log.roll.jitter.ms", hour_ms},
                                  {"broker.id", "node.id", 1}};

constexpr const char* plaintext = "PLAINTEXT";

/// What is wrong with a configuration, a line for each.
struct faults {
  void add(std::string_view key, std::string_view what) { text += fmt::format("\n  {}: {}", key, what); }
  void add(std::string_view key, const result<void>& done) {
    if (!done) add(key, done.failure().message);
  }
  /// The message names the key.
  void add(const result<void>& checked) {
    if (!checked) text += "\n  " + checked.failure().message;
  }
  std::string text;
};

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return out;
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\f");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\f") - first + 1);
}

/// What a listener of this name speaks. A name that is no protocol's, and is not in listener.security.protocol.map, speaks
/// PLAINTEXT.
std::string protocol_of(std::string_view listener, std::string_view map) {
  for (const auto entry : meta::split_list(map))
    if (const auto colon = entry.find(':');
        colon != std::string_view::npos && upper(trim(entry.substr(0, colon))) == upper(listener))
      return upper(trim(entry.substr(colon + 1)));
  const auto named = upper(listener);
  return named == "SSL" || named == "SASL_PLAINTEXT" || named == "SASL_SSL" ? named : plaintext;
}

/// Who asks for TLS or SASL is not served in plain text instead, and nobody dials port 0.
void check_listeners(const meta::config_view& view, const meta::config_map& configs, faults& found) {
  for (const std::string_view key : {"listeners", "advertised.listeners"}) {
    const auto list = configs.find(key);
    if (list == configs.end()) continue;
    for (const auto part : meta::split_list(list->second)) {
      const auto protocol =
          protocol_of(part.substr(0, part.find("://")), view.broker_text("listener.security.protocol.map"));
      if (protocol != plaintext)
        found.add(key, fmt::format("{} asks for {}, which this broker does not have yet: only {}", part,
                                   protocol, plaintext));
      if (key != "listeners" && part.ends_with(":0"))
        found.add(key, fmt::format("nobody can connect to port 0 of {}: name the port", part));
    }
  }
}

/// Kafka's type for all of these is a number of 32 bits, so that no factor overflows.
void apply_aliases(meta::config_map& configs, faults& found) {
  meta::config_map set;
  for (const auto& alias : aliases) {
    const auto given = configs.find(alias.key);
    if (given == configs.end()) continue;
    const meta::config_key key{
        meta::config_scope::broker, alias.key, meta::config_type::int32, nullptr, "", "", ""};
    if (const auto checked = meta::check_value(key, given->second); !checked) {
      found.add(checked);
    } else {
      const auto value = meta::to_number(given->second);
      set[std::string(alias.sets)] = std::to_string(value < 0 ? value : value * alias.factor);
    }
    configs.erase(given);
  }
  configs.merge(set);  // what is given in its own units stays
}

/// Splits `NAME://host:port`.
result<link::endpoint> parse_listener(std::string_view text) {
  const auto name = text.find("://");
  return parse_endpoint(name == std::string_view::npos ? text : text.substr(name + 3));
}

/// Puts each listener where it belongs.
result<void> parse_listeners(std::string_view list, std::string_view controller_names, server_options& to) {
  for (const auto part : meta::split_list(list)) {
    auto listener = parse_listener(part);
    if (!listener) return listener.failure();
    if (is_controllers(part, controller_names))
      to.controller_listener = std::move(*listener);
    else
      to.listeners.push_back(std::move(*listener));
  }
  if (to.listeners.empty() && to.node.is_broker)
    return error(error_code::invalid_config, "no listener for clients");
  if (to.controller_listener)
    to.node.controller_listener = link::listener_id(static_cast<std::int32_t>(to.listeners.size()));
  return {};
}

/// The first that clients are told; null: none is.
result<std::optional<link::endpoint>> parse_advertised(std::string_view list,
                                                       std::string_view controller_names) {
  for (const auto part : meta::split_list(list)) {
    if (is_controllers(part, controller_names)) continue;
    auto at = parse_listener(part);
    if (!at) return at.failure();
    return std::optional(std::move(*at));
  }
  return std::optional<link::endpoint>();
}

/// A quorum of a broker that is its own controller needs no list, though Kafka's files have one.
result<void> parse_voters(const meta::config_view& configs, std::string_view list, process_roles roles,
                          server_options& to) {
  const node_id self(static_cast<std::int32_t>(configs.broker_number("node.id")));
  const auto listener = meta::split_list(configs.broker_text("controller.listener.names")).front();
  std::vector<raft::voter> all;
  for (const auto part : meta::split_list(list)) {
    auto voter = parse_voter(part, listener);
    if (!voter) return voter.failure();
    if (raft::find_voter(all, voter->id))
      return error(error_code::invalid_config, fmt::format("node {} is there twice", voter->id.value));
    all.push_back(std::move(*voter));
  }
  if (all.empty()) return {};
  const bool included = raft::find_voter(all, self) != nullptr;
  if (all.size() == 1 && included && roles.broker && roles.controller) {
    if (to.controller_listener) to.node.new_cluster_id = cluster_id_of(all);  // brokers alone may follow it
    return {};
  }
  if (included && roles.controller && !to.controller_listener)
    return error(
        error_code::invalid_config,
        fmt::format("node {} is one of them, and listeners has no {}://HOST:PORT", self.value, listener));
  to.disk_threads = threads_among_others;
  to.node.new_cluster_id = cluster_id_of(all);
  to.node.controllers = std::move(all);
  return {};
}

/// Who votes is in the log then; a new directory's comes from them, unless it is the first (see --standalone).
result<void> parse_bootstrap(std::string_view list, server_options& to) {
  for (const auto part : meta::split_list(list)) {
    auto server = parse_endpoint(part);
    if (!server) return server.failure();
    to.node.bootstrap.push_back(std::move(*server));
  }
  if (!to.node.controllers.empty())
    return error(error_code::invalid_config, "controller.quorum.voters says already who the controllers are");
  to.node.joins = !to.node.bootstrap.empty();
  to.disk_threads = threads_among_others;
  return {};
}

/// Where other controllers reach this one, if that is not where it is bound.
result<void> parse_advertised_controller(std::string_view list, std::string_view controller_names,
                                         server_options& to) {
  for (const auto part : meta::split_list(list)) {
    if (!is_controllers(part, controller_names)) continue;
    auto at = parse_listener(part);
    if (!at) return at.failure();
    to.node.advertised_controller = std::move(*at);
  }
  return {};
}

void read_listeners(const meta::config_view& view, const meta::config_map& configs, server_options& to,
                    faults& found) {
  check_listeners(view, configs, found);
  const auto names = view.broker_text("controller.listener.names");
  found.add("listeners", parse_listeners(view.broker_text("listeners"), names, to));
  const auto advertised = configs.find("advertised.listeners");
  if (advertised == configs.end()) return;
  auto first = parse_advertised(advertised->second, names);
  if (!first)
    found.add("advertised.listeners", first.failure().message);
  else
    to.node.advertised = std::move(*first);
  found.add("advertised.listeners", parse_advertised_controller(advertised->second, names, to));
}

void read_quorum(const meta::config_view& view, const meta::config_map& configs, process_roles roles,
                 server_options& to, faults& found) {
  if (const auto voters = configs.find("controller.quorum.voters"); voters != configs.end())
    found.add("controller.quorum.voters", parse_voters(view, voters->second, roles, to));
  if (const auto servers = configs.find("controller.quorum.bootstrap.servers"); servers != configs.end())
    found.add("controller.quorum.bootstrap.servers", parse_bootstrap(servers->second, to));
  std::vector<node_id> voters;
  voters.reserve(to.node.controllers.size());
  for (const auto& one : to.node.controllers) voters.push_back(one.id);
  for (const auto& fault : check_roles(configs, voters)) found.add(fault.key, fault.what);
}

void read_directories(const meta::config_map& configs, server_options& to, faults& found) {
  for (const auto key : {"log.dir", "log.dirs"}) {
    const auto value = configs.find(std::string_view(key));
    if (value == configs.end()) continue;
    const auto directories = meta::split_list(value->second);
    if (directories.size() != 1)
      found.add(key, "exactly one directory is supported");
    else
      to.node.data_directory = std::string(directories.front());
  }
  const auto metadata = configs.find("metadata.log.dir");
  if (metadata != configs.end() && metadata->second != to.node.data_directory)
    to.node.metadata_directory = metadata->second;
}

void check_values(const meta::config_map& configs, std::vector<std::string>& ignored, faults& found) {
  for (const auto& [name, value] : configs) {
    if (const auto* const key = meta::find_broker_key(name))
      found.add(meta::check_value(*key, value));
    else if (name.starts_with("klamm."))
      found.add(name, "there is no such property; --help-config lists those that there are");
    else if (name == "authorizer.class.name" && !value.empty())
      found.add(name,
                "there is no authorizer here: everybody may do everything; leave it out if that is meant");
    else
      ignored.push_back(name);
  }
}

/// As Apache Kafka has it: a request that is allowed at all may be alone in the memory for requests.
void check_request_memory(const meta::config_view& view, faults& found) {
  const auto memory = view.broker_number("queued.max.request.bytes");
  const auto largest = view.broker_number("socket.request.max.bytes");
  if (memory > 0 && memory < largest)
    found.add("queued.max.request.bytes",
              fmt::format("{} is less than socket.request.max.bytes, {}: one request would not fit", memory,
                          largest));
}

}  // namespace

std::span<const unit_alias> unit_aliases() { return aliases; }

result<meta::config_map> parse_properties(std::string_view text) {
  meta::config_map properties;
  std::string line;
  int number = 0;
  while (!text.empty()) {
    const auto end = text.find('\n');
    auto part = trim(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    ++number;
    if (line.empty() && (part.empty() || part.front() == '#' || part.front() == '!')) continue;
    const bool goes_on = part.ends_with('\\');
    if (goes_on) part.remove_suffix(1);
    line += part;
    if (goes_on && !text.empty()) continue;
    const auto separator = line.find_first_of("=:");
    if (separator == std::string::npos || separator == 0)
      return error(error_code::invalid_config,
                   fmt::format("line {}: expected key=value, found \"{}\"", number, line));
    properties.insert_or_assign(std::string(trim(std::string_view(line).substr(0, separator))),
                                std::string(trim(std::string_view(line).substr(separator + 1))));
    line.clear();
  }
  return properties;
}

result<link::endpoint> parse_endpoint(std::string_view text) {
  const auto colon = text.rfind(':');
  link::endpoint at;
  const auto digits = colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), at.port);
  if (digits.empty() || failed != std::errc{} || end != digits.data() + digits.size())
    return error(error_code::invalid_config, fmt::format("\"{}\" is no host:port", text));
  auto host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  at.host = host.empty() ? "127.0.0.1" : std::string(host);
  return at;
}

result<raft::voter> parse_voter(std::string_view text, std::string_view listener) {
  const auto at = text.find('@');
  const auto number = text.substr(0, at);
  raft::voter parsed;
  const auto [end, failed] = std::from_chars(number.data(), number.data() + number.size(), parsed.id.value);
  auto address = parse_endpoint(at == std::string_view::npos ? std::string_view() : text.substr(at + 1));
  if (failed != std::errc{} || end != number.data() + number.size() || parsed.id.value < 0 || !address)
    return error(error_code::invalid_config, fmt::format("\"{}\" is no ID@HOST:PORT", text));
  parsed.listener = listener;
  parsed.host = std::move(address->host);
  parsed.port = address->port;
  return parsed;
}

result<server_options> make_options(meta::config_map configs, std::vector<std::string>& ignored) {
  faults found;
  apply_aliases(configs, found);
  check_values(configs, ignored, found);
  for (const auto& name : ignored) configs.erase(name);
  const meta::image none;
  const meta::config_view view(none, configs, node_id());
  server_options options;
  const auto roles = parse_roles(view.broker_text("process.roles"));
  options.node.is_broker = roles.broker;
  options.is_controller = roles.controller;
  if (meta::split_list(view.broker_text("controller.listener.names")).empty()) {
    found.add("controller.listener.names", "say which listeners are the controllers'");
  } else {
    read_listeners(view, configs, options, found);
    read_quorum(view, configs, roles, options, found);
  }
  options.node.auto_join = view.broker_flag("controller.quorum.auto.join.enable");
  read_directories(configs, options, found);
  check_request_memory(view, found);
  if (!found.text.empty())
    return error(error_code::invalid_options, "the configuration has faults:" + found.text);
  options.node.configs = std::move(configs);
  return options;
}

std::string cluster_id_of(std::span<const raft::voter> controllers) {
  // FNV-1a, of two starts.
  std::array<std::uint64_t, 2> parts{0xcbf29ce484222325, 0x84222325cbf29ce4};
  std::vector<std::string> names;
  for (const auto& one : controllers)
    names.push_back(fmt::format("{}@{}:{}{},", one.id.value, one.host, one.port,
                                one.directory.is_zero() ? "" : ":" + to_string(one.directory)));
  std::ranges::sort(names);
  for (auto& part : parts)
    for (const auto& name : names)
      for (const char c : name) part = (part ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  uuid id;
  for (std::size_t i = 0; i < id.bytes.size(); ++i)
    id.bytes[i] = static_cast<std::uint8_t>(parts[i / 8] >> (8 * (i % 8)));
  auto text = to_string(id);
  if (text.front() == '-') text.front() = '_';  // command lines read it as an option
  return text;
}

result<std::string> make_ephemeral_directory() {
  std::error_code none;
  const bool shared_memory = std::filesystem::is_directory("/dev/shm", none);
  auto base = shared_memory ? std::filesystem::path("/dev/shm") : std::filesystem::temp_directory_path(none);
  auto name = (base / "klamm-XXXXXX").string();
  if (!mkdtemp(name.data()))
    return error(error_code::io_error, fmt::format("cannot make a temporary directory in {}", base.string()));
  return name;
}

}  // namespace klamm::broker::server
