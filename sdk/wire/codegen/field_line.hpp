// One line of a schema: `name: type [versions] [nullable versions] [tag n] [inflexible] [= default]
// [ignorable] [as type]`.
//
//   type        bool int8 int16 int32 int64 uint16 uint32 float64 uuid string bytes records, or a structure's
//   name;
//               `[type]` is an array; `?` after it allows null
//   versions    `3`, `3-5` or `3+`; without: all of the structure around it
//   nullable n  the versions that allow null; without: all that have the field
//   = default   a number, true, a text in quotes, or null; without: zero, false, empty
//   ignorable   dropped in versions that lack the field; without, a value other than the default is an error
//   there as type     the domain type of the number: offset, node_id, millis... json name   Kafka's name,
//   where it is not the same in camel case
#pragma once

#include <string>

#include "model.hpp"

namespace klamm::codegen {

/// Throws std::runtime_error with what is wrong. `context` are the versions of the structure around the
/// field.
field parse_field(const std::string& line, version_range context);
/// `3`, `3-5`, `3+` or `none`; an open end is that of `context`.
version_range parse_versions(const std::string& text, version_range context);

}  // namespace klamm::codegen
