// Reads one schema file: an API (request and response), a record, a coordinator's record (key and value), a
// header, or data.
#pragma once

#include <filesystem>

#include "model.hpp"

namespace klamm::codegen {

/// Throws std::runtime_error that names the file, the field and the fault.
schema_file read_schema(const std::filesystem::path& path);

}  // namespace klamm::codegen
