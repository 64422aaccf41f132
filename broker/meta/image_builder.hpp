// Replays metadata records into an image.
#pragma once

#include <memory>

#include "broker/meta/image.hpp"
#include "broker/meta/record.hpp"

namespace klamm::broker::meta {

class image_builder {
 public:
  image_builder() = default;
  /// Goes on from a published image, sharing what does not change.
  explicit image_builder(const image& from) : image_(from) {}

  /// Applies one record, which lies at `at` in `epoch`. A record about a topic or broker that is not there does nothing:
  /// the log is the truth, and a replica must not differ from another by failing.
  void replay(const metadata_record& record, offset at, leader_epoch epoch);

  const image& current() const { return image_; }
  image_ptr publish() const { return std::make_shared<const image>(image_); }

 private:
  void apply(std::monostate) {}
  void apply(const wire::no_op_record&) {}
  void apply(const wire::begin_transaction_record&) {}
  void apply(const wire::end_transaction_record&) {}
  void apply(const wire::register_broker_record& record);
  void apply(const wire::unregister_broker_record& record);
  void apply(const wire::fence_broker_record& record);
  void apply(const wire::unfence_broker_record& record);
  void apply(const wire::broker_registration_change_record& record);
  void apply(const wire::topic_record& record);
  void apply(const wire::remove_topic_record& record);
  void apply(const wire::partition_record& record);
  void apply(const wire::partition_change_record& record);
  void apply(const wire::clear_elr_record& record);
  void apply(const wire::register_controller_record& record);
  void apply(const wire::unregister_controller_record& record);
  void apply(const wire::config_record& record);
  void apply(const wire::feature_level_record& record);
  void apply(const wire::producer_ids_record& record);

  topics_image& topics();
  cluster_image& cluster();
  configs_image& configs();
  broker_image* broker(node_id id);
  /// The topic, to be changed: a copy of its own unless this builder already made one.
  topic_image* topic(const uuid& id);

  image image_;
};

}  // namespace klamm::broker::meta
