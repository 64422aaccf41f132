#include <algorithm>
#include <utility>

#include <klamm/admin.hpp>

#include "api/admin_client.hpp"
#include "api/admin_convert.hpp"
#include "api/option_table.hpp"

namespace klamm {
inline namespace v1 {

using client::administration;
using client::client_core;
using client::completion;

using api::administer;
using api::answered;
using api::defer;
using api::outcomes;

static_assert(sizeof(Admin) == sizeof(void*), "the parts of an Admin are empty");

namespace detail {
void destroy(AdminClient* client) noexcept { delete client; }

// What is open ends with `closed`, and is told.
AdminClient::~AdminClient() {
  if (!engine->refusal("close")) {
    auto close = defer<void, client::close_report>(
        engine, "close",
        [](client_core& core, completion<client::close_report> done, instant now, link::net_effects& out) {
          core.close(now.steady, std::move(done), now, out);
        },
        [](const result<client::close_report>&) { return Result<void>(); });
    static_cast<void>(api::wait_for_close(
        *engine, Deferred<void>(std::make_unique<api::last_operation<void>>(engine, std::move(close))),
        engine->options().close_timeout));
  }
  api::engine::shut_down(std::move(engine));
}
}  // namespace detail

Result<Admin> Admin::create(ClientOptions client) {
  api::option_set all{std::move(client), {}, {}};
  if (auto faults = api::check_options(api::client_kind::admin, all); !faults.empty())
    return ConfigError(std::move(faults)).error();
  return Admin(std::unique_ptr<detail::AdminClient, detail::Destroy>(new detail::AdminClient(all.client)));
}

namespace {

detail::Deferred<PerItem<std::string, TopicInfo>> creation(Admin& admin, ListRef<NewTopic> topics) {
  std::vector<client::admin::new_topic> asked;
  for (const auto& topic : topics) asked.push_back(api::to_internal(topic));
  return administer<PerItem<std::string, TopicInfo>>(
      admin, "create topics", &administration::create_topics,
      outcomes<std::string, TopicInfo>("create topic", api::publicly), std::move(asked), false);
}

// The outcome of the only item asked for, as the outcome of the call.
template <class T, class K, class Many>
class only_item final : public detail::Deferred<T>::Operation {
 public:
  explicit only_item(detail::Deferred<Many> many) : many_(std::move(many)) {}
  void start(detail::Completion<T> done, std::stop_token stop) override {
    auto held = std::make_shared<detail::Completion<T>>(std::move(done));
    const bool posts = held->posts();
    many_(detail::Completion<Many>(
              [held](Result<Many> outcome) {
                if (!outcome) return (*held)(Result<T>(outcome.error()));
                (*held)(Result<T>(outcome->begin()->second));
              },
              posts),
          std::move(stop));
  }

 private:
  detail::Deferred<Many> many_;
};
template <class T, class K, class Many>
detail::Deferred<T> only(detail::Deferred<Many> many) {
  return detail::Deferred<T>(std::make_unique<only_item<T, K, Many>>(std::move(many)));
}

}  // namespace

detail::Deferred<TopicInfo> Admin::defer_create_topic(const NewTopic& topic) {
  return only<TopicInfo, std::string>(creation(*this, topic));
}
detail::Deferred<PerItem<std::string, TopicInfo>> Admin::defer_create_topics(ListRef<NewTopic> topics) {
  return creation(*this, topics);
}

detail::Deferred<PerItem<std::string, void>> Admin::defer_delete_topics(ListRef<std::string_view> topics) {
  return administer<PerItem<std::string, void>>(*this, "delete topics", &administration::delete_topics,
                                                outcomes<std::string>("delete topic"),
                                                api::to_strings(topics));
}

detail::Deferred<PerItem<std::string, void>> Admin::defer_create_partitions(ListRef<NewPartitions> topics) {
  std::vector<client::admin::more_partitions> asked;
  for (const auto& one : topics) asked.push_back(api::to_internal(one));
  return administer<PerItem<std::string, void>>(
      *this, "create partitions", &administration::create_partitions,
      outcomes<std::string>("create partitions of"), std::move(asked), false);
}

detail::Deferred<std::vector<TopicListing>> Admin::defer_list_topics() {
  return administer<std::vector<TopicListing>>(*this, "describe topics", &administration::describe_topics,
                                               answered([](const auto& found) {
                                                 std::vector<TopicListing> all;
                                                 for (const auto& [name, topic] : found)
                                                   if (topic) all.push_back(api::to_listing(*topic));
                                                 std::ranges::sort(all, {}, &TopicListing::name);
                                                 return all;
                                               }),
                                               std::vector<std::string>());  // of all topics
}

detail::Deferred<PerItem<std::string, TopicDescription>> Admin::defer_describe_topics(
    ListRef<std::string_view> topics) {
  using described = PerItem<std::string, TopicDescription>;
  // No names ask for nothing here, and for everything there.
  return administer<described>(
      *this, "describe topics", &administration::describe_topics,
      [none = topics.empty()](auto answer) {
        if (none) return described();
        return outcomes<std::string, TopicDescription>("describe topic", api::publicly)(std::move(answer));
      },
      api::to_strings(topics));
}

detail::Deferred<PerItem<TopicPartition, OffsetInfo>> Admin::defer_list_offsets(
    ListRef<std::pair<TopicPartition, OffsetSpec>> asked) {
  using answer = client::per_item<topic_partition, client::offset_at_time>;
  std::vector<std::pair<topic_partition, client::place>> places;
  for (const auto& [at, spec] : asked) {
    client::place place = client::beginning{};
    if (spec.at == OffsetSpec::to_latest) place = client::end{};
    if (spec.at == OffsetSpec::max_timestamp) place = client::newest{};
    if (spec.at == OffsetSpec::time) place = timestamp(spec.timestamp.time_since_epoch().count());
    places.emplace_back(api::to_internal(at), place);
  }
  return defer<PerItem<TopicPartition, OffsetInfo>, answer>(
      client_->engine, "list offsets",
      [places = std::move(places), timeout = client_->timeout](client_core& core, completion<answer> done,
                                                               instant now, link::net_effects& out) mutable {
        core.list_offsets(std::move(places), timeout, std::move(done), now, out);
      },
      [](result<answer> found) {
        return api::per_item_of<TopicPartition, OffsetInfo>(
            *std::move(found), "list offsets of", [](const auto& place) { return api::to_public(place); });
      });
}

detail::Deferred<PerItem<TopicPartition, Offset>> Admin::defer_delete_records(
    ListRef<std::pair<TopicPartition, Offset>> before) {
  std::vector<std::pair<topic_partition, offset>> asked;
  for (const auto& [at, end] : before) asked.emplace_back(api::to_internal(at), offset(end.value));
  return administer<PerItem<TopicPartition, Offset>>(
      *this, "delete records", &administration::delete_records,
      outcomes<TopicPartition, Offset>("delete records of", [](offset start) { return Offset(start.value); }),
      std::move(asked));
}

detail::Deferred<PerItem<ConfigResource, std::vector<ConfigValue>>> Admin::defer_describe_configs(
    ListRef<ConfigResource> resources) {
  using values = std::vector<ConfigValue>;
  std::vector<client::admin::config_resource> asked;
  for (const auto& resource : resources) asked.push_back(api::to_internal(resource));
  return administer<PerItem<ConfigResource, values>>(
      *this, "describe configurations", &administration::describe_configs,
      outcomes<ConfigResource, values>("describe the configuration of", api::publicly_each),
      std::move(asked));
}

detail::Deferred<void> Admin::defer_alter_configs(const ConfigResource& resource,
                                                  ListRef<ConfigChange> changes) {
  std::vector<client::admin::config_change> asked;
  for (const auto& change : changes)
    asked.push_back(
        {std::string(change.name), static_cast<client::admin::config_operation>(change.operation),
         change.operation == ConfigChange::remove ? std::nullopt : std::optional<std::string>(change.value)});
  return only<void, ConfigResource>(administer<PerItem<ConfigResource, void>>(
      *this, "alter a configuration", &administration::alter_configs,
      outcomes<ConfigResource>("alter the configuration of"),
      administration::config_changes{{api::to_internal(resource), std::move(asked)}}, false));
}

}  // namespace v1
}  // namespace klamm
