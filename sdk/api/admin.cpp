#include <algorithm>
#include <utility>

#include <klamm/admin.hpp>

#include "api/admin_client.hpp"
#include "api/admin_convert.hpp"
#include "api/operation.hpp"
#include "api/option_table.hpp"

namespace klamm {
inline namespace v1 {

using api::defer;
using client::client_core;
using client::completion;

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

using created = client::per_item<std::string, client::admin::created_topic>;
using topics_by_name = client::per_item<std::string, client::admin::topic_description>;
using done_by_name = client::per_item<std::string, void>;

detail::Deferred<PerItem<std::string, TopicInfo>> creation(detail::AdminClient& admin,
                                                           ListRef<NewTopic> topics) {
  std::vector<client::admin::new_topic> asked;
  for (const auto& topic : topics) asked.push_back(api::to_internal(topic));
  return defer<PerItem<std::string, TopicInfo>, created>(
      admin.engine, "create topics",
      [asked = std::move(asked), timeout = admin.timeout](client_core& core, completion<created> done,
                                                          instant now, link::net_effects& out) mutable {
        core.create_topics(std::move(asked), false, timeout, std::move(done), now, out);
      },
      [](result<created> answer) {
        return api::per_item_of<std::string, TopicInfo>(
            *std::move(answer), "create topic", [](const auto& topic) { return api::to_public(topic); });
      });
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
  return only<TopicInfo, std::string>(creation(*client_, topic));
}
detail::Deferred<PerItem<std::string, TopicInfo>> Admin::defer_create_topics(ListRef<NewTopic> topics) {
  return creation(*client_, topics);
}

detail::Deferred<PerItem<std::string, void>> Admin::defer_delete_topics(ListRef<std::string_view> topics) {
  return defer<PerItem<std::string, void>, done_by_name>(
      client_->engine, "delete topics",
      [names = api::to_strings(topics), timeout = client_->timeout](
          client_core& core, completion<done_by_name> done, instant now, link::net_effects& out) mutable {
        core.delete_topics(std::move(names), timeout, std::move(done), now, out);
      },
      [](result<done_by_name> answer) {
        return api::per_item_of<std::string, void>(*std::move(answer), "delete topic", 0);
      });
}

namespace {
// Empty: all topics.
template <class T, class Convert>
detail::Deferred<T> description(detail::AdminClient& admin, ListRef<std::string_view> topics,
                                Convert convert) {
  return defer<T, topics_by_name>(
      admin.engine, "describe topics",
      [names = api::to_strings(topics), timeout = admin.timeout](
          client_core& core, completion<topics_by_name> done, instant now, link::net_effects& out) mutable {
        core.describe_topics(std::move(names), timeout, std::move(done), now, out);
      },
      std::move(convert));
}
}  // namespace

detail::Deferred<std::vector<TopicListing>> Admin::defer_list_topics() {
  return description<std::vector<TopicListing>>(*client_, {}, [](result<topics_by_name> answer) {
    std::vector<TopicListing> all;
    for (const auto& [name, topic] : *answer)
      if (topic) all.push_back(api::to_listing(*topic));
    std::ranges::sort(all, {}, &TopicListing::name);
    return all;
  });
}

detail::Deferred<PerItem<std::string, TopicDescription>> Admin::defer_describe_topics(
    ListRef<std::string_view> topics) {
  using described = PerItem<std::string, TopicDescription>;
  return description<described>(*client_, topics, [none = topics.empty()](result<topics_by_name> answer) {
    // No names ask for nothing here, and for everything there.
    if (none) return described();
    return api::per_item_of<std::string, TopicDescription>(
        *std::move(answer), "describe topic", [](const auto& topic) { return api::to_public(topic); });
  });
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

detail::Deferred<ClusterDescription> Admin::defer_describe_cluster() {
  using answer = client::admin::cluster_description;
  return defer<ClusterDescription, answer>(
      client_->engine, "describe the cluster",
      [timeout = client_->timeout](client_core& core, completion<answer> done, instant now,
                                   link::net_effects& out) {
        core.describe_cluster(timeout, std::move(done), now, out);
      },
      [](result<answer> cluster) { return api::to_public(*cluster); });
}

detail::Deferred<PerItem<ConfigResource, std::vector<ConfigValue>>> Admin::defer_describe_configs(
    ListRef<ConfigResource> resources) {
  using answer = client::per_item<client::admin::config_resource, std::vector<client::admin::config_entry>>;
  std::vector<client::admin::config_resource> asked;
  for (const auto& resource : resources) asked.push_back(api::to_internal(resource));
  return defer<PerItem<ConfigResource, std::vector<ConfigValue>>, answer>(
      client_->engine, "describe configurations",
      [asked = std::move(asked), timeout = client_->timeout](client_core& core, completion<answer> done,
                                                             instant now, link::net_effects& out) mutable {
        core.describe_configs(std::move(asked), timeout, std::move(done), now, out);
      },
      [](result<answer> configs) {
        return api::per_item_of<ConfigResource, std::vector<ConfigValue>>(
            *std::move(configs), "describe the configuration of", [](const auto& entries) {
              std::vector<ConfigValue> all;
              all.reserve(entries.size());
              for (const auto& entry : entries) all.push_back(api::to_public(entry));
              return all;
            });
      });
}

detail::Deferred<void> Admin::defer_alter_configs(const ConfigResource& resource,
                                                  ListRef<ConfigChange> changes) {
  using answer = client::per_item<client::admin::config_resource, void>;
  std::vector<client::admin::config_change> asked;
  for (const auto& change : changes)
    asked.push_back(
        {std::string(change.name), static_cast<client::admin::config_operation>(change.operation),
         change.operation == ConfigChange::remove ? std::nullopt : std::optional<std::string>(change.value)});
  using outcomes = PerItem<ConfigResource, void>;
  return only<void, ConfigResource>(defer<outcomes, answer>(
      client_->engine, "alter a configuration",
      [asked = std::move(asked), of = api::to_internal(resource), timeout = client_->timeout](
          client_core& core, completion<answer> done, instant now, link::net_effects& out) mutable {
        core.alter_configs({{std::move(of), std::move(asked)}}, false, timeout, std::move(done), now, out);
      },
      [](result<answer> altered) {
        return api::per_item_of<ConfigResource, void>(*std::move(altered), "alter the configuration of", 0);
      }));
}

}  // namespace v1
}  // namespace klamm
