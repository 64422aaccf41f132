#include <algorithm>
#include <array>
#include <memory>
#include <ostream>
#include <utility>

#include <fmt/format.h>

#include <klamm/error.hpp>

#include "api/error_details.hpp"

namespace klamm {
inline namespace v1 {
namespace {

error_code internal(errc code) { return static_cast<error_code>(code); }

// After these a client can do no more.
constexpr std::array ends_of_clients{errc::closed,
                                     errc::forked,
                                     errc::invalid_options,
                                     errc::producer_fenced,
                                     errc::fenced_instance_id,
                                     errc::unsupported_sasl_mechanism,
                                     errc::sasl_authentication_failed};

class KafkaCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "kafka"; }
  std::string message(int code) const override {
    return std::string(describe(static_cast<error_code>(code)));
  }
  std::error_condition default_error_condition(int code) const noexcept override {
    switch (static_cast<errc>(code)) {
      case errc::timed_out:
      case errc::delivery_timeout:
      case errc::request_timed_out: return std::errc::timed_out;
      case errc::cancelled: return std::errc::operation_canceled;
      case errc::closed: return std::errc::not_connected;
      case errc::buffer_full: return std::errc::no_buffer_space;
      case errc::would_deadlock: return std::errc::resource_deadlock_would_occur;
      case errc::invalid_options: return std::errc::invalid_argument;
      case errc::disconnected: return std::errc::connection_reset;
      case errc::connect_failed: return std::errc::connection_refused;
      case errc::malformed_response: return std::errc::bad_message;
      case errc::io_error: return std::errc::io_error;
      case errc::message_too_large: return std::errc::message_size;
      case errc::unsupported_version: return std::errc::not_supported;
      case errc::topic_authorization_failed:
      case errc::group_authorization_failed:
      case errc::cluster_authorization_failed:
      case errc::transactional_id_authorization_failed: return std::errc::permission_denied;
      default: return {code, *this};
    }
  }
};

Error error_of_faults(std::vector<ConfigFault> faults) {
  auto made = std::make_unique<detail::ErrorDetails>();
  made->code = errc::invalid_options;
  made->operation = "configure";
  made->message = fmt::format("cannot configure the client: {} {}", faults.size(),
                              faults.size() == 1 ? "option is wrong" : "options are wrong");
  for (const auto& fault : faults) {
    const auto name = fault.option.empty() || fault.option == fault.kafka_name ? fault.kafka_name
                      : fault.kafka_name.empty()                               ? fault.option
                                                 : fmt::format("{} ({})", fault.option, fault.kafka_name);
    made->message +=
        fmt::format("\n  {}{}: {}", name, fault.value.empty() ? "" : " = " + fault.value, fault.problem);
  }
  made->faults = std::move(faults);
  return detail::ErrorDetails::share(made.release());
}

}  // namespace

namespace detail {
void retain(const ErrorDetails* details) noexcept { details->shares.fetch_add(1, std::memory_order_relaxed); }
void release(const ErrorDetails* details) noexcept {
  if (details->shares.fetch_sub(1, std::memory_order_acq_rel) == 1) delete details;
}

void throw_error(const Error& error) {
  if (!ErrorDetails::of(error).faults.empty()) throw ConfigError(error);
  throw Exception(error);
}
}  // namespace detail

const std::error_category& kafka_category() noexcept {
  static const KafkaCategory category;
  return category;
}

Error::Error(errc code) : Error(api::to_error(klamm::error(internal(code)), {})) {}
Error::Error(detail::Shared<const detail::ErrorDetails> details) noexcept
    : details_(std::move(details)), code_(details_->code) {}

std::error_code Error::code() const noexcept { return make_error_code(code_); }
std::string_view Error::name() const noexcept { return klamm::name(internal(code_)); }
ErrorClass Error::error_class() const noexcept {
  switch (kind(internal(code_))) {
    case error_kind::retriable: return ErrorClass::retriable;
    case error_kind::refresh_retriable: return ErrorClass::refresh_retriable;
    case error_kind::abortable: return ErrorClass::abortable;
    case error_kind::application_recoverable: return ErrorClass::application_recoverable;
    case error_kind::invalid_configuration: return ErrorClass::invalid_configuration;
    case error_kind::none:
    case error_kind::other: break;
  }
  return ErrorClass::other;
}
bool Error::retriable() const noexcept { return klamm::retriable(internal(code_)); }
bool Error::abortable() const noexcept { return error_class() == ErrorClass::abortable; }
bool Error::fatal() const noexcept { return std::ranges::count(ends_of_clients, code_) != 0; }
bool Error::maybe_written() const noexcept { return details_->maybe_written; }
const std::string& Error::message() const noexcept { return details_->message; }
std::string_view Error::operation() const noexcept { return details_->operation; }
std::string_view Error::broker() const noexcept { return details_->broker; }
const TopicPartition* Error::partition() const noexcept {
  return details_->partition ? &*details_->partition : nullptr;
}
std::ostream& operator<<(std::ostream& out, const Error& error) { return out << error.message(); }

Exception::Exception(Error error) : system_error(error.code(), error.message()), error_(std::move(error)) {}
ConfigError::ConfigError(std::vector<ConfigFault> faults) : Exception(error_of_faults(std::move(faults))) {}
const std::vector<ConfigFault>& ConfigError::faults() const noexcept {
  return detail::ErrorDetails::of(error()).faults;
}

}  // namespace v1

namespace api {

Error to_error(const error& why, const error_place& place) {
  auto made = std::make_unique<detail::ErrorDetails>();
  made->code = to_errc(why.code);
  made->maybe_written = why.maybe_written.value_or(leaves_open(why.code));
  made->operation = place.operation;
  made->broker = why.broker;
  auto& text = made->message;
  if (!place.operation.empty()) text = fmt::format("cannot {}", place.operation);
  if (place.partition) {
    const auto& [topic, partition] = *place.partition;
    text += partition.value < 0 ? fmt::format(" \"{}\"", topic)
                                : fmt::format(" \"{}/{}\"", topic, partition.value);
    made->partition = TopicPartition{topic, Partition(partition.value)};
  }
  if (!text.empty()) text += ": ";
  if (why.message.empty()) {
    text += fmt::format("{} ({})", describe(why.code), name(why.code));
  } else {
    text += why.message;
    if (why.message.find(name(why.code)) == std::string::npos) text += fmt::format(" ({})", name(why.code));
  }
  return detail::ErrorDetails::share(made.release());
}

}  // namespace api
}  // namespace klamm
