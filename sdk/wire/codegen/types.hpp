// How schema types look in C++.
#pragma once

#include <string>

#include "model.hpp"

namespace klamm::codegen {

/// Throws std::runtime_error unless `f.as` is a domain type that its wire type can carry.
void check_type(const field& f);

/// The number on the wire, `std::int32_t`; empty for types that are none.
std::string wire_type(const field& f);
/// One element, without array and null.
std::string element_type(const message& of, const field& f);
/// The member's type.
std::string member_type(const message& of, const field& f);
/// The value of a member that was not set: an expression of the member's type.
std::string default_of(const message& of, const field& f);
/// Whether `member` differs from the default: an expression.
std::string differs_from_default(const message& of, const field& f, const std::string& member);
/// Where the structures of a message are defined.
std::string parts_namespace(const message& of);
/// `parts_of_fetch_request::fetch_topic`, or `fetch_request` itself.
std::string qualified(const message& of, const std::string& struct_name);

}  // namespace klamm::codegen
