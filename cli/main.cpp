// kcli: a Kafka cluster from the command line. Data goes to standard output, everything else to standard error.
#include <fcntl.h>
#include <iostream>
#include <unistd.h>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/interrupt.hpp"
#include "cli/usage.hpp"

namespace {

using namespace klamm;

/// What is closed at the start would be given to something else, and data would go there; used, it fails as before. The broker does
/// the same by net/system.hpp, which lies below the public API.
void hold_standard_files() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(fd, F_GETFD) < 0) ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

void take_global_options_everywhere(CLI::App& app) {
  for (auto* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    command->fallthrough();
    if (command->get_subcommands({}).empty())
      command->footer("And what any command takes: -B, -C, -X, --timeout, -y, -v (kcli --help).");
    take_global_options_everywhere(*command);
  }
}

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
    if (e.get_exit_code() == 0) return app.exit(e);  // --help, --version
    std::cerr << "kcli: " << cli::explain(app, e) << '\n';
    return cli::usage;
  } catch (const Exception& e) {
    std::cerr << "kcli: " << e.error() << '\n';
    const auto status = cli::exit_code_of(e.error());
    if (status == cli::unreachable)
      std::cerr << "kcli: is a broker running there? -B HOST:PORT or KLAMM_BOOTSTRAP names another\n";
    return status;
  } catch (const std::exception& e) {
    std::cerr << "kcli: " << e.what() << '\n';
    return cli::item_failed;
  }
}

}  // namespace

int main(int argc, char** argv) {
  hold_standard_files();
  std::ios::sync_with_stdio(false);
  CLI::App app("A Kafka cluster from the command line.", "kcli");
  app.require_subcommand(1);
  cli::session session;
  const cli::interrupt_watch watch([&session] { return session.interrupt(); });
  session.declare_global_options(app);
  app.set_version_flag("--version", "kcli " KLAMM_VERSION);
  cli::declare_topic(app, session);
  cli::declare_produce(app, session);
  cli::declare_consume(app, session);
  cli::declare_group(app, session);
  cli::declare_cluster(app, session);
  cli::declare_offsets(app, session);
  cli::declare_ping(app, session);
  cli::declare_raw(app, session);
  cli::declare_log(app, session);
  cli::declare_demo(app, session);
  take_global_options_everywhere(app);
  return run(app, session, argc, argv);
}
