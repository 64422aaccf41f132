// What the two machines of a node say to each other. They share nothing but immutable images, so that each may run on a
// thread of its own: a data disk that stalls must not cost an election.
//
//   data -> quorum                                   quorum -> data
//   ----------------------------------------------   ------------------------------------------------------
//   command      a decision for the controller       published   the next committed image of the metadata
//   applied      everything below is served here     failed      the metadata log is lost: the process has to end
#pragma once

#include <variant>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/unique_function.hpp"
#include "broker/meta/controller.hpp"
#include "broker/meta/image.hpp"

namespace klamm::broker::node {

struct command {
  unique_function<void(meta::controller&)> run;
};
struct applied {
  offset end;
};
using to_quorum = std::variant<command, applied>;

struct published {
  meta::image_ptr image;
};
struct failed {
  error why;
};
using to_data = std::variant<published, failed>;

}  // namespace klamm::broker::node
