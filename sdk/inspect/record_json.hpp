// Batches and their records as JSON, with what the records of Kafka's own logs say.
#pragma once

#include <functional>
#include <string_view>

#include "base/bytes.hpp"
#include "wire/json/catalog.hpp"

namespace klamm::dump {

/// Whose records these are: they decide how keys and values are read.
enum class log_content { application, metadata, group_offsets, transactions, share_groups };
/// Told by the folder's name: `__cluster_metadata-0`, `__consumer_offsets-7`...
log_content content_of(std::string_view path);

/// One object for each batch in `bytes`, in order; damage ends with an object that has an "error".
void dump_batches(const buffer_slice& bytes, log_content content, bool with_records,
                  const std::function<void(const wire::json&)>& line);

}  // namespace klamm::dump
