// What became of many items: failures to standard error, and the command's exit status.
#pragma once

#include <iostream>

#include <klamm/admin_types.hpp>

#include "cli/exit_code.hpp"

namespace klamm::cli {

template <class K, class T>
exit_code report(const PerItem<K, T>& outcomes) {
  auto status = ok;
  for (const auto& [_, outcome] : outcomes) {
    if (outcome) continue;
    std::cerr << "kcli: " << outcome.error() << '\n';
    status = exit_code_of(status, outcome.error());
  }
  return status;
}

}  // namespace klamm::cli
