// transactions BOOTSTRAP TRANSACTIONAL_ID [PROPERTY=VALUE...]
//
// A transactional producer that is told what to do: commands come by standard input, one a line, each is answered by a line.
//
//   begin                            begun
//   send TOPIC VALUE                 sent
//   stored                           stored, or the errors of what was sent since `begin` or the last `stored`
//   offset GROUP TOPIC NEXT          sent; partition 0, for the group
//   commit                           committed, or aborted
//   abort, drop                      aborted; the transaction is over, or goes out of scope
//   id                               under which brokers know its metrics
//   anything that throws             the error's name, then its message
#include <iostream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <klamm/klamm.hpp>

namespace {

using namespace klamm;

class session {
 public:
  session(const std::string& servers, const std::map<std::string, std::string>& properties)
      : servers_(servers), producer_(made(properties)) {}

  std::string answer(const std::string& line) {
    std::istringstream words(line);
    std::string command, first, second, third;
    words >> command >> first >> second >> third;
    if (command == "begin") return deliveries_.clear(), transaction_ = producer_.begin_transaction(), "begun";
    if (command == "send")
      return deliveries_.push_back(transaction_.send({.topic = first, .key = {}, .value = second})), "sent";
    if (command == "stored") return stored();
    if (command == "offset") return send_offset(first, second, std::stoll(third)), "sent";
    if (command == "commit") return transaction_.commit() ? "committed" : "aborted";
    if (command == "abort") return transaction_.abort(), "aborted";
    if (command == "drop") return transaction_ = Transaction(), "aborted";
    if (command == "id") return producer_.client_instance_id(Millis(30'000));
    return "no such command";
  }

 private:
  static Producer made(const std::map<std::string, std::string>& properties) {
    auto [client, options] = ProducerOptions::from_properties(properties);
    return Producer(client, options);
  }
  std::string stored() {
    std::string said;
    for (auto& delivery : std::exchange(deliveries_, {}))
      if (const auto outcome = delivery.get(as_result); !outcome)
        said += (said.empty() ? "" : " ") + std::string(outcome.error().name());
    return said.empty() ? "stored" : said;
  }
  void send_offset(const std::string& group, const std::string& topic, std::int64_t next) {
    Consumer of(servers_, {.group_id = group});
    transaction_.send_offsets(of, TopicPartitionOffset{{topic, Partition(0)}, Offset(next)});
  }

  const std::string servers_;
  Producer producer_;
  Transaction transaction_;
  std::vector<Delivery> deliveries_;
};

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 3) return std::cerr << "usage: transactions BOOTSTRAP TRANSACTIONAL_ID [PROPERTY=VALUE...]\n", 2;
  std::map<std::string, std::string> properties{{"bootstrap.servers", argv[1]},
                                                {"transactional.id", argv[2]}};
  for (int i = 3; i < argc; ++i) {
    const std::string given(argv[i]);
    const auto equals = given.find('=');
    if (equals == std::string::npos) return std::cerr << given << ": give a property as name=value\n", 2;
    properties[given.substr(0, equals)] = given.substr(equals + 1);
  }
  session all(argv[1], properties);
  for (std::string line; std::getline(std::cin, line);) {
    std::string said;
    try {
      said = all.answer(line);
    } catch (const Exception& failed) {
      said = std::string(failed.error().name()) + " " + failed.error().message();
    }
    std::cout << said << std::endl;
  }
  return 0;
} catch (const std::exception& failed) {
  std::cerr << "transactions: " << failed.what() << '\n';
  return 1;
}
