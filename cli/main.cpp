// kcli: a Kafka cluster from the command line. Data goes to standard output, everything else to standard error.
#include <csignal>
#include <iostream>
#include <thread>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/interrupt.hpp"
#include "cli/usage.hpp"

namespace {

using namespace klamm;

int run(CLI::App& app, cli::session& session, int argc, char** argv) {
  try {
    app.parse(argc, argv);
    const auto status = session.run();
    if (!std::cout.flush()) {
      std::cerr << "kcli: standard output could not be written to the end\n";
      return cli::item_failed;
    }
    return session.stop().stop_requested() ? cli::interrupted : status;
  } catch (const CLI::ParseError& e) {
    if (const auto wrong = cli::wrong_command(app); !wrong.empty()) {
      std::cerr << "kcli: " << wrong << '\n';
      return cli::usage;
    }
    return app.exit(e) == 0 ? cli::ok : cli::usage;
  } catch (const Exception& e) {
    std::cerr << "kcli: " << e.error() << '\n';
    return cli::exit_code_of(e.error());
  } catch (const std::exception& e) {
    std::cerr << "kcli: " << e.what() << '\n';
    return cli::item_failed;
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  CLI::App app("A Kafka cluster from the command line.", "kcli");
  app.require_subcommand(1);
  cli::session session;
  const cli::interrupt_watch watch([&session] { session.request_stop(); });
  session.declare_global_options(app);
  cli::declare_topic(app, session);
  cli::declare_produce(app, session);
  cli::declare_consume(app, session);
  cli::declare_group(app, session);
  cli::declare_offsets(app, session);
  cli::declare_ping(app, session);
  cli::declare_raw(app, session);
  cli::declare_log(app, session);
  cli::declare_demo(app, session);
  return run(app, session, argc, argv);
}
