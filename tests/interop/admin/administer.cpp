// administer [-X PROPERTY=VALUE...] ADDRESS OPERATION [ARGUMENT...]: one operation of the admin client; its outcome is printed line
// by line.
#include <chrono>
#include <functional>
#include <iostream>
#include <map>
#include <span>
#include <string>

#include <fmt/format.h>

#include <klamm/klamm.hpp>

namespace {

using namespace klamm;
using arguments = std::span<const std::string>;
using operation = std::function<void(Admin&, arguments)>;

void say(const std::string& line) { std::cout << line << '\n'; }
int number(const std::string& text) { return std::stoi(text); }
TopicPartition place(arguments a) { return {a[0], Partition(number(a[1]))}; }

/// The name of each item's error, or what `shown` makes of its value.
void say_each(const auto& outcomes, auto shown) {
  for (const auto& [item, outcome] : outcomes)
    say(outcome ? shown(item, outcome) : std::string(outcome.error().name()));
}
void say_each(const auto& outcomes) {
  say_each(outcomes, [](const auto&, const auto&) { return std::string("done"); });
}

std::vector<ProducerState> producers_of(Admin& admin, arguments a) {
  return admin.describe_producers(place(a)).values().at(place(a));
}

void producers(Admin& admin, arguments a) {
  for (const auto& p : producers_of(admin, a))
    say(fmt::format("{} {} {}", p.producer_id, p.producer_epoch, p.transaction_start ? "open" : "-"));
}

/// Whatever transaction is open on the partition.
void abort(Admin& admin, arguments a) {
  for (const auto& p : producers_of(admin, a))
    if (p.transaction_start)
      admin.abort_transaction({.at = place(a),
                               .producer_id = p.producer_id,
                               .producer_epoch = static_cast<std::int16_t>(p.producer_epoch),
                               .coordinator_epoch = p.coordinator_epoch.value_or(0)});
  say("done");
}

void log_dirs(Admin& admin, arguments) {
  say_each(admin.describe_log_dirs(), [](NodeId node, const auto& directories) {
    std::string all = std::to_string(node.value);
    for (const auto& d : *directories)
      for (const auto& r : d.replicas)
        all += fmt::format(" {}/{}={}", r.at.topic, r.at.partition.value, r.size.value);
    return all;
  });
}

void credentials(Admin& admin, arguments a) {
  const std::vector<std::string_view> users(a.begin(), a.end());
  say_each(admin.describe_user_scram_credentials(users), [](const auto& user, const auto& infos) {
    std::string all = user;
    for (const auto& i : *infos) all += fmt::format(" {}:{}", static_cast<int>(i.mechanism), i.iterations);
    return all;
  });
}

QuotaEntity user(const std::string& name) {
  return {{{"user", name.empty() ? std::nullopt : std::optional(name)}}};
}

void quotas(Admin& admin, arguments) {
  for (const auto& quota : admin.describe_client_quotas({QuotaMatch{.type = "user"}}))
    for (const auto& [key, value] : quota.values)
      say(fmt::format("{} {}={}", to_string(quota.entity), key, value));
}

AclBinding reading(arguments a) {
  return {.name = a[1], .pattern = AclPattern::prefixed, .principal = a[0], .operation = AclOperation::read};
}
AclFilter of_principal(const std::string& name) {
  AclFilter which;
  which.principal = name;
  return which;
}

void say_token(const DelegationToken& t) {
  std::string renewers;
  for (const auto& r : t.renewers) renewers += " " + r;
  say(fmt::format("{} {} {} {} {}{}", t.id, t.hmac, t.owner, t.requester,
                  (t.max_expiry - t.issued) / std::chrono::seconds(1), renewers));
}
/// How many seconds from now that is.
void say_in(Timestamp when) {
  say(std::to_string((when - std::chrono::system_clock::now()) / std::chrono::seconds(1)));
}
std::chrono::seconds seconds(const std::string& text) { return std::chrono::seconds(number(text)); }

const std::map<std::string, operation> operations{
    {"delete-records",
     [](Admin& admin, arguments a) {
       say_each(admin.delete_records(std::pair(place(a), Offset(number(a[2])))),
                [](const auto&, const auto& start) { return std::to_string(start->value); });
     }},
    {"add-partitions",
     [](Admin& admin, arguments a) {
       say_each(admin.create_partitions(NewPartitions{.topic = a[0], .total = number(a[1])}));
     }},
    {"commit",
     [](Admin& admin, arguments a) {
       say_each(admin.reset_offsets(
           a[0], TopicPartitionOffset{.at = place(a.subspan(1)), .next = Offset(number(a[3]))}));
     }},
    {"delete-offset",
     [](Admin& admin, arguments a) { say_each(admin.delete_offsets(a[0], place(a.subspan(1)))); }},
    {"remove-instance",
     [](Admin& admin, arguments a) {
       say_each(admin.remove_members(a[0], GroupMemberId{.group_instance_id = a[1]}));
     }},
    {"producers", producers},
    {"abort", abort},
    {"transactions",
     [](Admin& admin, arguments a) {
       for (const auto& t : admin.list_transactions({.states = {a.begin(), a.end()}}))
         say(t.transactional_id + " " + t.state);
     }},
    {"transaction",
     [](Admin& admin, arguments a) {
       say_each(admin.describe_transactions(std::string_view(a[0])), [](const auto&, const auto& t) {
         return fmt::format("{} {} {}", t->state, t->coordinator.value, t->partitions.size());
       });
     }},
    {"log-dirs", log_dirs},
    {"feature",
     [](Admin& admin, arguments a) {
       const auto type = a[2] == "up" ? FeatureUpdate::upgrade : FeatureUpdate::safe_downgrade;
       say_each(admin.update_features(
           FeatureUpdate{.name = a[0], .level = static_cast<std::int16_t>(number(a[1])), .type = type}));
     }},
    {"set-credential",
     [](Admin& admin, arguments a) {
       say_each(admin.alter_user_scram_credentials(ScramCredentialChange{
           .user = a[0], .mechanism = ScramMechanism::sha512, .password = a[1], .iterations = number(a[2])}));
     }},
    {"delete-credential",
     [](Admin& admin, arguments a) {
       say_each(admin.alter_user_scram_credentials(
           ScramCredentialChange{.user = a[0], .mechanism = ScramMechanism::sha512}));
     }},
    {"credentials", credentials},
    {"set-quota",
     [](Admin& admin, arguments a) {
       say_each(admin.alter_client_quotas(
           ClientQuotaChange{.entity = user(a[0]), .values = {{a[1], std::stod(a[2])}}}));
     }},
    {"remove-quota",
     [](Admin& admin, arguments a) {
       say_each(admin.alter_client_quotas(
           ClientQuotaChange{.entity = user(a[0]), .values = {{a[1], std::nullopt}}}));
     }},
    {"quotas", quotas},
    {"add-acl", [](Admin& admin, arguments a) { say_each(admin.create_acls(reading(a))); }},
    {"acls",
     [](Admin& admin, arguments a) {
       for (const auto& acl : admin.describe_acls(of_principal(a[0]))) say(to_string(acl));
     }},
    {"delete-acls",
     [](Admin& admin, arguments a) {
       say_each(admin.delete_acls(of_principal(a[0])),
                [](const auto&, const auto& gone) { return std::to_string(gone->size()); });
     }},
    {"create-token",
     [](Admin& admin, arguments a) {
       say_token(
           admin.create_delegation_token({.owner = a[0], .renewers = {a[1]}, .max_lifetime = seconds(a[2])}));
     }},
    {"tokens",
     [](Admin& admin, arguments a) {
       const std::vector<std::string_view> owners(a.begin(), a.end());
       for (const auto& t : admin.describe_delegation_tokens(owners)) say_token(t);
     }},
    {"renew-token",
     [](Admin& admin, arguments a) { say_in(admin.renew_delegation_token(a[0], seconds(a[1]))); }},
    {"expire-token",
     [](Admin& admin, arguments a) { say_in(admin.expire_delegation_token(a[0], seconds(a[1]))); }},
};

/// Takes the properties away.
ClientOptions options_of(arguments& words) {
  std::map<std::string, std::string> properties;
  for (; words[0] == "-X"; words = words.subspan(2)) {
    const auto equals = words[1].find('=');
    properties.emplace(words[1].substr(0, equals), words[1].substr(equals + 1));
  }
  properties.emplace("bootstrap.servers", words[0]);
  return ProducerOptions::from_properties(properties).first;
}

}  // namespace

int main(int count, char** words) {
  const std::vector<std::string> all(words + 1, words + count);
  try {
    arguments words(all);
    Admin admin(options_of(words));
    operations.at(words[1])(admin, words.subspan(2));
  } catch (const Exception& failed) {
    say(std::string(failed.error().name()));
  }
  return 0;
}
