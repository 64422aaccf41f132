// The generator's products, each a text made from the schemas.
#pragma once

#include <string>
#include <vector>

#include "model.hpp"
#include "text.hpp"

namespace klamm::codegen {

/// wire/messages/<file>.hpp: the structs of one schema file.
std::string message_header(const schema_file& file);
/// wire/api_key.hpp: the enumeration of API keys.
std::string api_key_header(const std::vector<schema_file>& files);
/// The rows behind wire/api_table.hpp.
std::string api_table_source(const std::vector<schema_file>& files);

/// encode() and decode() of the files' messages.
std::string codec_source(const std::vector<const schema_file*>& files);
void emit_decoder(const message& of, source& out);
void emit_encoder(const message& of, source& out);

/// to_json() and from_json() of the files' messages, and their entries for the catalog.
std::string json_source(const std::vector<const schema_file*>& files);
void emit_to_json(const message& of, source& out);
void emit_from_json(const message& of, source& out);
void emit_descriptor(const message& of, source& out);
/// The list of every message, by kind and key or name.
std::string catalog_source(const std::vector<schema_file>& files);

std::vector<const schema_file*> apis_by_key(const std::vector<schema_file>& files);
/// `read_fetch_request_fetch_topic`, the name of a function about one structure.
std::string function_name(const char* verb, const message& of, const structure& s);
std::string first_line(const char* what);

}  // namespace klamm::codegen
