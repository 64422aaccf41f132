// A file of client properties, as Kafka's tools take one: `name=value` a line, blank lines, and comments behind # or !.
#pragma once

#include <map>
#include <string>

namespace klamm::cli {

/// Throws std::invalid_argument that names the file and the line.
std::map<std::string, std::string> read_properties_file(const std::string& path);

}  // namespace klamm::cli
