// The commands, one noun or verb a file. Each declares itself and sets session::run when it is chosen.
#pragma once

#include "cli/session.hpp"

namespace klamm::cli {

void declare_topic(CLI::App& app, session& in);
void declare_produce(CLI::App& app, session& in);
void declare_consume(CLI::App& app, session& in);
void declare_group(CLI::App& app, session& in);
void declare_cluster(CLI::App& app, session& in);
void declare_offsets(CLI::App& app, session& in);
void declare_ping(CLI::App& app, session& in);
void declare_raw(CLI::App& app, session& in);
void declare_log(CLI::App& app, session& in);
void declare_demo(CLI::App& app, session& in);

}  // namespace klamm::cli
