// librdkafka's functions, out of the shared library that the command line names: what is measured is the release that its
// Python package carries, not what the distribution has. Only the header is Debian's.
#pragma once

#include <dlfcn.h>
#include <librdkafka/rdkafka.h>
#include <memory>
#include <stdexcept>
#include <string>

namespace klamm::bench {

class rdkafka {
  void* const handle_;  // stays open to the end of the process; first, since the functions are found by it

 public:
  explicit rdkafka(const std::string& path) : handle_(::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    if (!handle_) throw std::runtime_error(std::string("cannot load librdkafka: ") + ::dlerror());
  }

#define KLAMM_FUNCTION(name) \
  decltype(&::rd_kafka_##name) name = find<decltype(&::rd_kafka_##name)>("rd_kafka_" #name)
  KLAMM_FUNCTION(conf_new);
  KLAMM_FUNCTION(conf_set);
  KLAMM_FUNCTION(conf_set_opaque);
  KLAMM_FUNCTION(conf_set_dr_msg_cb);
  decltype(&::rd_kafka_new) create = find<decltype(&::rd_kafka_new)>("rd_kafka_new");
  KLAMM_FUNCTION(destroy);
  KLAMM_FUNCTION(poll);
  KLAMM_FUNCTION(flush);
  KLAMM_FUNCTION(topic_new);
  KLAMM_FUNCTION(topic_destroy);
  KLAMM_FUNCTION(produce);
  KLAMM_FUNCTION(last_error);
  KLAMM_FUNCTION(err2str);
  KLAMM_FUNCTION(poll_set_consumer);
  KLAMM_FUNCTION(topic_partition_list_new);
  KLAMM_FUNCTION(topic_partition_list_add);
  KLAMM_FUNCTION(topic_partition_list_destroy);
  KLAMM_FUNCTION(assign);
  KLAMM_FUNCTION(consumer_poll);
  KLAMM_FUNCTION(consumer_close);
  KLAMM_FUNCTION(message_destroy);
  KLAMM_FUNCTION(queue_get_consumer);
  KLAMM_FUNCTION(queue_destroy);
  KLAMM_FUNCTION(consume_batch_queue);
#undef KLAMM_FUNCTION

 private:
  template <class Function>
  Function find(const char* name) {
    auto* const found = ::dlsym(handle_, name);
    if (!found) throw std::runtime_error(std::string("librdkafka has no ") + name);
    return reinterpret_cast<Function>(found);
  }
};

}  // namespace klamm::bench
