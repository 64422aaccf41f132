#include "broker/log/open_readers.hpp"

#include <utility>

namespace klamm::broker::log {

void reader_slot::close() {
  if (!among_) return;
  std::exchange(among_, nullptr)->erase(place_);
  file_.reset();
}

std::shared_ptr<disk_file> open_readers::find(const reader_slot& of) {
  if (of.among_) open_->splice(open_->begin(), *open_, of.place_);
  return of.file_;
}

std::shared_ptr<disk_file> open_readers::open(reader_slot& of, disk_client& disk, std::string path) {
  while (!open_->empty() && open_->size() >= most_) open_->back()->close();
  of.file_ = std::make_shared<disk_file>(disk, std::move(path), disk::open_mode::read);
  of.among_ = open_;
  of.place_ = open_->insert(open_->begin(), &of);
  return of.file_;
}

}  // namespace klamm::broker::log
