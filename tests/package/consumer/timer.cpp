// An application whose timers are Asio's and whose records are Klamm's: what of Asio lies in the static library must not get in between.
#include <iostream>

#include <asio.hpp>

#include <klamm/klamm.hpp>

int main(int arguments, char**) {
  asio::io_context io;
  asio::steady_timer timer(io, std::chrono::milliseconds(1));
  timer.async_wait(
      [](const std::error_code& failed) { std::cout << (failed ? "failed" : "rang") << std::endl; });
  asio::post(io, [] { std::cout << "posted" << std::endl; });
  io.run();
  if (arguments > 1) klamm::Producer("localhost:9092").send({.topic = "never", .value = "sent"});
}
