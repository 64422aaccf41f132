// Where an assigned partition stands on its way to being fetched: positions.hpp has the transitions.
#pragma once

namespace klamm::client {

enum class fetch_phase { committed, reset, validate, fetch, stopped };

}  // namespace klamm::client
