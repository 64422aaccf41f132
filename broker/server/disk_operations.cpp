#include "broker/server/disk_operations.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <span>
#include <sys/stat.h>
#include <system_error>

#include <fmt/format.h>

namespace klamm::broker::server {
namespace {

constexpr unsigned file_mode = 0644;

// Slices for one system call; Linux takes 1,024.
constexpr std::size_t most_gathered = 256;

/// What is there already rolls and is written on with the last eighth.
bool is_kept_for_old(std::size_t descriptor, std::size_t limit) { return descriptor >= limit - limit / 8; }

void fail_with(disk_outcome& done, std::error_code why, const std::string& what) {
  const bool full =
      why == std::errc::no_space_on_device || why == std::error_code(EDQUOT, std::generic_category());
  const bool missing = why == std::errc::no_such_file_or_directory;
  done.failure = full      ? error_code::kafka_storage_error
                 : missing ? error_code::resource_not_found
                           : error_code::io_error;
  done.no_descriptor =
      why == std::errc::too_many_files_open || why == std::errc::too_many_files_open_in_system;
  done.detail = fmt::format("{}: {}", what, why.message());
}

std::error_code last_error() { return {errno, std::generic_category()}; }

// The call's result, made again for as long as a signal interrupts it.
template <class Call>
auto uninterrupted(const Call& call) {
  for (;;) {
    const auto result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

// Slices of a chain from a position on, for pwritev.
class gatherer {
 public:
  explicit gatherer(const byte_chain& bytes) : slices_(bytes.slices()), left_(bytes.size()) {}

  bool empty() const { return left_ == 0; }
  std::size_t left() const { return left_; }
  std::span<const iovec> next() {
    std::size_t used = 0;
    for (std::size_t i = 0; i < slices_.size() && used < into_.size(); ++i, ++used) {
      const auto skip = i == 0 ? skip_ : 0;
      into_[used] = {const_cast<std::byte*>(slices_[i].data()) + skip, slices_[i].size() - skip};
    }
    return std::span(into_).first(used);
  }
  void consume(std::size_t count) {
    left_ -= count;
    skip_ += count;
    for (; !slices_.empty() && skip_ >= slices_.front().size(); slices_ = slices_.subspan(1))
      skip_ -= slices_.front().size();
  }

 private:
  std::span<const buffer_slice> slices_;
  std::size_t left_;
  std::size_t skip_ = 0;
  std::array<iovec, most_gathered> into_;
};

}  // namespace

open_file::~open_file() {
  if (fd_ >= 0) files_.close(fd_);
}

void open_file::fail(disk_outcome& done, const std::string& what) const {
  fail_with(done, last_error(), fmt::format("{} {}", what, path_));
}

bool open_file::usable(disk_outcome& done) const {
  if (fd_ >= 0) return true;
  fail_with(done, std::make_error_code(std::errc::bad_file_descriptor),
            path_.empty() ? "a file that was never opened" : path_);
  return false;
}

void open_file::perform(const log::disk::open& what, disk_outcome& done) {
  path_ = what.path;
  const int access = what.mode == log::disk::open_mode::read ? O_RDONLY : O_RDWR;
  const int make = what.mode == log::disk::open_mode::create ? O_CREAT : 0;
  fd_ = uninterrupted([&] { return files_.open(path_.c_str(), access | make | O_CLOEXEC, file_mode); });
  if (fd_ < 0) return fail(done, "opening");
  if (what.for_new && is_kept_for_old(static_cast<std::size_t>(fd_), files_.descriptor_limit())) {
    files_.close(std::exchange(fd_, -1));
    errno = EMFILE;
    return fail(done, "opening");
  }
  struct stat about{};
  if (::fstat(fd_, &about) != 0) return fail(done, "asking the size of");
  done.size = static_cast<std::uint64_t>(about.st_size);
}

void open_file::perform(const log::disk::close&, disk_outcome& done) {
  if (!usable(done)) return;
  // Never again, not even after EINTR: the descriptor is free in any case, and may be somebody else's by then.
  if (files_.close(std::exchange(fd_, -1)) != 0 && errno != EINTR) fail(done, "closing");
}

void open_file::perform(const log::disk::write& what, disk_outcome& done) {
  if (!usable(done)) return;
  auto position = what.position;
  for (gatherer from(what.bytes); !from.empty();) {
    const auto part = from.next();
    const auto n = uninterrupted(
        [&] { return files_.pwritev(fd_, part.data(), static_cast<int>(part.size()), position); });
    if (n == 0) errno = EIO;
    if (n <= 0) return fail(done, fmt::format("writing {} bytes at {} of", from.left(), position));
    from.consume(static_cast<std::size_t>(n));
    position += static_cast<std::uint64_t>(n);
  }
}

void open_file::perform(const log::disk::read& what, disk_outcome& done) {
  if (!usable(done)) return;
  struct stat about{};
  if (::fstat(fd_, &about) != 0) return fail(done, "asking the size of");
  const auto size = static_cast<std::uint64_t>(about.st_size);
  if (what.position >= size) return;
  const auto count = std::min<std::uint64_t>(what.count, size - what.position);
  auto block = std::make_shared_for_overwrite<std::byte[]>(count);
  std::size_t have = 0;
  while (have < count) {
    const auto n = uninterrupted(
        [&] { return files_.pread(fd_, block.get() + have, count - have, what.position + have); });
    if (n < 0)
      return fail(done, fmt::format("reading {} bytes at {} of", count - have, what.position + have));
    if (n == 0) break;  // truncated meanwhile
    have += static_cast<std::size_t>(n);
  }
  const bytes_view read(block.get(), have);
  done.bytes = buffer_slice(std::move(block), read);
}

void open_file::perform(const log::disk::sync_file&, disk_outcome& done) {
  if (!usable(done)) return;
  if (failed_sync_.ok() && uninterrupted([&] { return files_.fdatasync(fd_); }) != 0)
    fail(failed_sync_, "syncing");
  done.failure = failed_sync_.failure;
  done.detail = failed_sync_.detail;
}

void open_file::perform(const log::disk::truncate& what, disk_outcome& done) {
  if (!usable(done)) return;
  if (uninterrupted([&] { return files_.ftruncate(fd_, what.size); }) != 0)
    fail(done, fmt::format("truncating to {} bytes", what.size));
}

void perform(file_layer&, const log::disk::make_directory& what, disk_outcome& done) {
  std::error_code failure;
  std::filesystem::create_directories(what.path, failure);
  if (failure) fail_with(done, failure, "making the directory " + what.path);
}

void perform(file_layer&, const log::disk::list_directory& what, disk_outcome& done) {
  std::error_code failure;
  for (auto at = std::filesystem::directory_iterator(what.path, failure);
       !failure && at != std::filesystem::directory_iterator(); at.increment(failure)) {
    std::error_code gone;  // an entry may be removed while the others are listed
    log::directory_entry entry{at->path().filename().string(), at->is_directory(gone), 0};
    if (!gone && !entry.is_directory) entry.size = at->file_size(gone);
    if (!gone) done.entries.push_back(std::move(entry));
  }
  if (failure) fail_with(done, failure, "listing the directory " + what.path);
  std::ranges::sort(done.entries, {}, &log::directory_entry::name);
}

void perform(file_layer& files, const log::disk::sync_directory& what, disk_outcome& done) {
  const int fd =
      uninterrupted([&] { return files.open(what.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0); });
  const bool synced = fd >= 0 && uninterrupted([&] { return files.fsync(fd); }) == 0;
  if (!synced) fail_with(done, last_error(), "syncing the directory " + what.path);
  if (fd >= 0) files.close(fd);
}

void perform(file_layer& files, const log::disk::rename& what, disk_outcome& done) {
  if (files.rename(what.from.c_str(), what.to.c_str()) != 0)
    fail_with(done, last_error(), fmt::format("renaming {} to {}", what.from, what.to));
}

void perform(file_layer&, const log::disk::remove& what, disk_outcome& done) {
  std::error_code failure;
  std::filesystem::remove_all(what.path, failure);
  if (failure) fail_with(done, failure, "removing " + what.path);
}

}  // namespace klamm::broker::server
