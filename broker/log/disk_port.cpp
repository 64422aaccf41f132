#include "broker/log/disk_port.hpp"

#include <cassert>
#include <iterator>

namespace klamm::broker::log {

void disk_port::take(disk_effects& out) {
  if (out.empty()) {
    out.swap(effects_);
    return;
  }
  out.insert(out.end(), std::make_move_iterator(effects_.begin()), std::make_move_iterator(effects_.end()));
  effects_.clear();
}

disk_op_id disk_port::submit(std::weak_ptr<const void> client, disk_operation operation,
                             disk_handler handler) {
  const disk_op_id id(first_ + static_cast<std::int64_t>(waiting_.size()));
  waiting_.push_back({std::move(client), std::move(handler)});
  ++outstanding_;
  effects_.push_back({id, std::move(operation)});
  return id;
}

void disk_port::complete(disk_completion done) {
  assert(done.id.value >= first_ && done.id.value < first_ + static_cast<std::int64_t>(waiting_.size()));
  auto& slot = waiting_[static_cast<std::size_t>(done.id.value - first_)];
  assert(!slot.done);
  slot.done = true;
  --outstanding_;
  auto handler = std::move(slot.handler);
  const auto client = slot.client.lock();
  while (!waiting_.empty() && waiting_.front().done) {
    waiting_.pop_front();
    ++first_;
  }
  if (client && handler) handler(done);
}

disk_port::~disk_port() {
  ending_ = true;
  replacing_.forget_waiting();
  waiting_.clear();
}

disk_file::disk_file(disk_client& client, std::string path, disk::open_mode mode, disk_handler opened,
                     bool for_new)
    : port_(*client.port_), client_(client.alive_), id_(port_.next_file()), path_(std::move(path)) {
  submit(disk::open{id_, path_, mode, for_new}, std::move(opened));
}

disk_file::~disk_file() {
  if (!port_.ending_) submit(disk::close{id_}, nullptr);
}

void disk_file::submit(disk_operation operation, disk_handler done) {
  port_.submit(client_, std::move(operation), std::move(done));
}

void disk_file::write(std::uint64_t position, byte_chain bytes, disk_handler done) {
  submit(disk::write{id_, position, std::move(bytes)}, std::move(done));
}

void disk_file::read(std::uint64_t position, std::size_t count, disk_handler done) {
  submit(disk::read{id_, position, count}, std::move(done));
}

void disk_file::sync(disk_handler done) { submit(disk::sync_file{id_}, std::move(done)); }

void disk_file::truncate(std::uint64_t size, disk_handler done) {
  submit(disk::truncate{id_, size}, std::move(done));
}

}  // namespace klamm::broker::log
