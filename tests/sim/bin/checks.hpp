// What the program can be asked to show, each under many seeds. All print what they found, and return whether it holds.
#pragma once

#include <cstdint>
#include <string>

namespace klamm::sim {

struct seeds_to_run {
  std::uint64_t count = 100;
  bool counted = false;  // whoever asked said how many
  std::uint64_t first = 1;
  int jobs = 1;
  bool hashes = false;  // print the hash of each run's trace
  bool log = false;     // print what the machines say
};

/// No run fails, and all runs together saw what they are there to see.
bool every_seed_is_clean(const seeds_to_run& which);

/// No run fails though every seed has brokers that answer with errors, and each error that there is was answered in some run.
bool every_error_is_borne(const seeds_to_run& which);

/// A planted defect ("all": each in its turn) is found: one of the seeds fails with it, and does not without it.
bool planted_are_found(const seeds_to_run& which, const std::string& plant);

/// Power cuts lose acknowledged records in some run with fsync=os, and in none with fsync=ack.
bool power_cuts_need_syncs(const seeds_to_run& which);

/// A seed does the same things again, in this process and in another.
bool seeds_repeat(const seeds_to_run& which);

}  // namespace klamm::sim
