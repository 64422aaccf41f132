#include "model.hpp"

#include <algorithm>
#include <stdexcept>

namespace klamm::codegen {
namespace {

int min_scalar_size(const message& of, const field& f, int version) {
  const bool compact = of.flexible.contains(version) && !f.inflexible;
  switch (f.type) {
    case base_type::boolean:
    case base_type::int8: return 1;
    case base_type::int16:
    case base_type::uint16: return 2;
    case base_type::int32:
    case base_type::uint32: return 4;
    case base_type::int64:
    case base_type::float64: return 8;
    case base_type::uuid: return 16;
    case base_type::string: return compact ? 1 : 2;
    case base_type::bytes:
    case base_type::records: return compact ? 1 : 4;
    case base_type::structure: return min_size(of, of.find(f.struct_name), {version, version});
  }
  return 0;
}

int min_field_size(const message& of, const field& f, int version) {
  if (f.tag || !f.versions.contains(version)) return 0;
  if (f.array) return of.flexible.contains(version) ? 1 : 4;
  if (f.is_struct() && f.nullable.contains(version)) return 1;
  return min_scalar_size(of, f, version);
}

}  // namespace

version_range intersect(version_range a, version_range b) {
  return {std::max(a.low, b.low), std::min(a.high, b.high)};
}

const structure& message::find(const std::string& name) const {
  const auto found =
      std::find_if(structs.begin(), structs.end(), [&](const auto& s) { return s.name == name; });
  if (found == structs.end()) throw std::runtime_error(kafka_name + ": no structure " + name);
  return *found;
}

int min_size(const message& of, const structure& s, version_range in) {
  int least = -1;
  for (int version = in.low; version <= in.high; ++version) {
    int size = of.flexible.contains(version) ? 1 : 0;
    for (const auto& f : s.fields) size += min_field_size(of, f, version);
    least = least < 0 ? size : std::min(least, size);
  }
  return least;
}

int min_element_size(const message& of, const field& f, version_range in) {
  int least = -1;
  for (int version = in.low; version <= in.high; ++version) {
    const int size = min_scalar_size(of, f, version);
    least = least < 0 ? size : std::min(least, size);
  }
  return std::max(least, 1);
}

}  // namespace klamm::codegen
