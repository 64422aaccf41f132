// What must not compile. Each `case NAME: MESSAGE` is compiled by itself, with -DNAME, and has to fail with a diagnostic that contains
// MESSAGE (GCC's and clang's words, divided by |); without any of them this file compiles. See misuse.py.
#include <string>
#include <vector>

#include <klamm/klamm.hpp>

using namespace std::chrono_literals;

void misuse(klamm::Producer& producer, klamm::Consumer& consumer, klamm::Admin& admin) {
  [[maybe_unused]] klamm::Offset at(5);
  [[maybe_unused]] klamm::TopicPartition orders{"orders", klamm::Partition(0)};
  static_cast<void>(producer.flush());
  static_cast<void>(admin);
  for (auto r : consumer.poll(1s)) {
    static_cast<void>(r.offset());
// case COPIED_VIEW: deleted
#ifdef COPIED_VIEW
    auto copy = r;
#endif
// case MOVED_VIEW: deleted
#ifdef MOVED_VIEW
    auto moved = std::move(r);
#endif
// case STORED_VIEW: deleted|no matching|static assertion|constructible
#ifdef STORED_VIEW
    std::vector<klamm::RecordView> kept;
    kept.push_back(r);
#endif
// case CAPTURED_VIEW: deleted
#ifdef CAPTURED_VIEW
    klamm::Task later = [r] { static_cast<void>(r.offset()); };
#endif
// case OFFSET_ARITHMETIC: no match for|invalid operands
#ifdef OFFSET_ARITHMETIC
    auto next = r.offset() + 1;
#endif
  }
// case DEAD_RANGE: deleted
#ifdef DEAD_RANGE
  auto first = consumer.poll(1s).begin();
#endif
// case COPIED_RECORDS: deleted
#ifdef COPIED_RECORDS
  auto records = consumer.poll(1s);
  auto copy = records;
#endif
// case NUMBER_AS_DURATION: could not convert|no viable conversion|no matching
#ifdef NUMBER_AS_DURATION
  klamm::ProducerOptions options{.linger = 5};
#endif
// case NUMBER_AS_SIZE: could not convert|no viable conversion|converting to
#ifdef NUMBER_AS_SIZE
  klamm::ProducerOptions options{.batch_size = 1024};
#endif
// case NUMBER_AS_TIMEOUT: no matching
#ifdef NUMBER_AS_TIMEOUT
  for (auto r : consumer.poll(1000)) static_cast<void>(r.key());
#endif
// case NUMBER_AS_PARTITION: could not convert|no viable conversion|converting to|no matching
#ifdef NUMBER_AS_PARTITION
  producer.send({.topic = "orders", .value = "1", .partition = 3});
#endif
// case NUMBER_AS_OFFSET: cannot convert|could not convert|no viable conversion
#ifdef NUMBER_AS_OFFSET
  consumer.seek(orders, 5);
#endif
// case PARTITION_AS_OFFSET: cannot convert|could not convert|no viable conversion
#ifdef PARTITION_AS_OFFSET
  consumer.seek(orders, orders.partition);
#endif
// case MIXED_COMPARISON: no match for|invalid operands
#ifdef MIXED_COMPARISON
  bool same = klamm::NodeId(1) == klamm::Partition(1);
#endif
// case IGNORED_REPORT: nodiscard
#ifdef IGNORED_REPORT
  producer.flush();
#endif
// case IGNORED_RESULT: nodiscard
#ifdef IGNORED_RESULT
  consumer.commit(klamm::as_result);
#endif
// case IGNORED_OUTCOMES: nodiscard
#ifdef IGNORED_OUTCOMES
  admin.delete_topics({"orders"});
#endif
// case WRONG_CALLBACK: no matching|constraints
#ifdef WRONG_CALLBACK
  producer.send({.topic = "orders", .value = "1"}, [](int) {});
#endif
// case ASYNC_WITHOUT_ASIO: incomplete|undefined|no matching
#ifdef ASYNC_WITHOUT_ASIO
  consumer.async_poll();
#endif
// case COPIED_CLIENT: deleted
#ifdef COPIED_CLIENT
  klamm::Producer another = producer;
#endif
// case TEXT_AS_SERVERS_AND_NUMBER: no matching
#ifdef TEXT_AS_SERVERS_AND_NUMBER
  klamm::Producer bad("localhost", 9092);
#endif
// case PART_OF_NO_ADMIN: private|deleted
#ifdef PART_OF_NO_ADMIN
  struct : klamm::AdminAccess {
  } part;
#endif
}
