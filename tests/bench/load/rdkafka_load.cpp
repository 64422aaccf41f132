// The loads of programs.hpp over librdkafka, used as its own examples use it: records are copied, a full queue is waited for in
// poll, delivery reports come only for what failed (as this SDK's flush reports), except where one is waited for. And one more:
//
//   consume_batch   consume, by rd_kafka_consume_batch_queue
#include <array>

#include "programs.hpp"
#include "rdkafka.hpp"

namespace klamm::bench {
namespace {

using properties = std::map<std::string, std::string>;

/// One client, made with the load's properties over `defaults`.
class client {
 public:
  client(const load& what, rd_kafka_type_t type, properties defaults, void* opaque = nullptr,
         void (*report)(rd_kafka_t*, const rd_kafka_message_t*, void*) = nullptr)
      : api_(loaded(what.library)) {
    std::array<char, 512> why{};
    auto* const conf = api_.conf_new();
    auto all = what.properties;
    all.merge(defaults);
    all["bootstrap.servers"] = what.bootstrap;
    for (const auto& [name, value] : all)
      if (api_.conf_set(conf, name.c_str(), value.c_str(), why.data(), why.size()) != RD_KAFKA_CONF_OK)
        throw std::runtime_error(why.data());
    api_.conf_set_opaque(conf, opaque);
    if (report) api_.conf_set_dr_msg_cb(conf, report);
    handle_ = api_.create(type, conf, why.data(), why.size());
    if (!handle_) throw std::runtime_error(why.data());
  }
  client(const client&) = delete;
  client& operator=(const client&) = delete;
  ~client() { api_.destroy(handle_); }

  rd_kafka_t* handle() const { return handle_; }
  const rdkafka& api() const { return api_; }
  [[noreturn]] void fail(rd_kafka_resp_err_t why) const { throw std::runtime_error(api_.err2str(why)); }

 private:
  static const rdkafka& loaded(const std::string& path) {
    static const rdkafka library(path);
    return library;
  }

  const rdkafka& api_;
  rd_kafka_t* handle_ = nullptr;
};

class producer {
 public:
  explicit producer(const load& what)
      : client_(what, RD_KAFKA_PRODUCER, defaults(what), this, on_report),
        topic_(client_.api().topic_new(client_.handle(), what.topic.c_str(), nullptr)) {}
  ~producer() { client_.api().topic_destroy(topic_); }

  void send(int partition, std::string_view value) {
    const auto& api = client_.api();
    while (api.produce(topic_, partition, RD_KAFKA_MSG_F_COPY, const_cast<char*>(value.data()), value.size(),
                       nullptr, 0, nullptr) != 0) {
      if (api.last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL) client_.fail(api.last_error());
      api.poll(client_.handle(), 1);
    }
  }
  void send_and_wait(std::string_view value) {
    const auto goal = reported_ + 1;
    send(0, value);
    while (reported_ < goal) client_.api().poll(client_.handle(), 1000);
    check();
  }
  void finish() {
    if (const auto why = client_.api().flush(client_.handle(), 60'000)) client_.fail(why);
    check();
  }

 private:
  static properties defaults(const load& what) {
    const bool waits = what.verb == "ack" || what.verb == "first";
    return {{"delivery.report.only.error", waits ? "false" : "true"}};
  }
  static void on_report(rd_kafka_t*, const rd_kafka_message_t* record, void* self) {
    auto& to = *static_cast<producer*>(self);
    ++to.reported_;
    if (record->err) to.failed_ = record->err;
  }
  void check() const {
    if (failed_) client_.fail(failed_);
  }

  std::uint64_t reported_ = 0;
  rd_kafka_resp_err_t failed_ = RD_KAFKA_RESP_ERR_NO_ERROR;
  client client_;
  rd_kafka_topic_t* const topic_;
};

class consumer {
 public:
  explicit consumer(const load& what)
      : client_(what, RD_KAFKA_CONSUMER, {{"group.id", "bench"}, {"enable.auto.commit", "false"}}) {
    const auto& api = client_.api();
    api.poll_set_consumer(client_.handle());
    auto* const all = api.topic_partition_list_new(what.partitions);
    for (int i = 0; i < what.partitions; ++i)
      api.topic_partition_list_add(all, what.topic.c_str(), i)->offset = RD_KAFKA_OFFSET_BEGINNING;
    const auto why = api.assign(client_.handle(), all);
    api.topic_partition_list_destroy(all);
    if (why) client_.fail(why);
    queue_ = api.queue_get_consumer(client_.handle());
  }
  ~consumer() {
    client_.api().queue_destroy(queue_);
    client_.api().consumer_close(client_.handle());
  }

  std::uint64_t poll() {
    auto* const record = client_.api().consumer_poll(client_.handle(), 100);
    return record ? pass(record) : 0;
  }
  std::uint64_t poll_batch() {
    std::array<rd_kafka_message_t*, 10'000> batch;
    const auto got = client_.api().consume_batch_queue(queue_, 100, batch.data(), batch.size());
    if (got < 0) client_.fail(client_.api().last_error());
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < static_cast<std::size_t>(got); ++i) count += pass(batch[i]);
    return count;
  }

 private:
  std::uint64_t pass(rd_kafka_message_t* record) {
    if (record->err && record->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) client_.fail(record->err);
    const bool counts = !record->err;
    seen_ += counts ? record->len : 0;
    client_.api().message_destroy(record);
    return counts ? 1 : 0;
  }

  client client_;
  rd_kafka_queue_t* queue_ = nullptr;
  std::uint64_t seen_ = 0;
};

class batch_consumer : public consumer {
 public:
  using consumer::consumer;
  std::uint64_t poll() { return poll_batch(); }
};

}  // namespace
}  // namespace klamm::bench

int main(int argc, char** argv) {
  using namespace klamm::bench;
  return run<producer, consumer>(argc, argv, {{"consume_batch", consume<batch_consumer>}});
}
