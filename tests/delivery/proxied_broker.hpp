// A broker in this process behind a proxy, whose address it tells its clients.
#pragma once

#include <map>
#include <string>

#include <klamm/broker/broker.hpp>

#include "broker/server/configuration.hpp"
#include "tests/proxy/proxy_thread.hpp"

namespace klamm::delivery {

class proxied_broker {
 public:
  /// `configs` are the broker's, in Kafka's names.
  explicit proxied_broker(proxy::proxy_options options, std::map<std::string, std::string> configs = {})
      : broker_({.configs = std::move(configs)}), between_(in_front(std::move(options))) {
    broker_.advertise(between_.address());
  }

  const std::string& address() const { return between_.address(); }
  proxy::proxy_thread& between() { return between_; }

 private:
  proxy::proxy_options in_front(proxy::proxy_options options) {
    options.broker = *broker::server::parse_endpoint(broker_.address());
    return options;
  }

  broker::Broker broker_;
  proxy::proxy_thread between_;
};

}  // namespace klamm::delivery
