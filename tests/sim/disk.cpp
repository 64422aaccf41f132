#include "disk.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace klamm::sim {
namespace {

using namespace broker::log::disk;
using broker::log::disk_completion;
using broker::log::file_id;

std::string parent_of(const std::string& path) { return path.substr(0, path.rfind('/')); }
bool inside(const std::string& path, const std::string& directory) {
  return path.size() > directory.size() && path.starts_with(directory) && path[directory.size()] == '/';
}
bool directly_inside(const std::string& path, const std::string& directory) {
  return inside(path, directory) && path.find('/', directory.size() + 1) == std::string::npos;
}
/// The entries inside of a directory, which lie together: '0' follows '/'.
template <class Names>
auto all_inside(Names& of, const std::string& directory) {
  return std::ranges::subrange(of.lower_bound(directory + '/'), of.lower_bound(directory + '0'));
}
template <class Names, class Condition>
void erase_inside(Names& of, const std::string& directory, Condition gone) {
  const auto all = all_inside(of, directory);
  for (auto at = all.begin(); at != all.end();) at = gone(at->first) ? of.erase(at) : std::next(at);
}
template <class Names>
void erase_with_inside(Names& of, const std::string& path) {
  erase_inside(of, path, [](const std::string&) { return true; });
  of.erase(path);
}
void fail(disk_completion& out, error_code code, std::string_view detail) {
  out.failure = code;
  out.detail = detail;
}

/// The file that an operation is about; none for operations on directories.
std::optional<file_id> file_of(const broker::log::disk_operation& operation) {
  return std::visit(
      [](const auto& op) -> std::optional<file_id> {
        if constexpr (requires { op.file; })
          return op.file;
        else
          return std::nullopt;
      },
      operation);
}

}  // namespace

void disk::submit(broker::log::disk_effects&& operations) {
  for (auto& one : operations) queued_.push_back(std::move(one));
  operations.clear();
}

std::vector<disk_completion> disk::step() {
  std::vector<disk_completion> done;
  std::set<file_id> waiting;  // files of which an earlier operation was left in the queue
  for (auto at = queued_.begin(); at != queued_.end();) {
    const auto file = file_of(at->operation);
    const bool last_chance = done.empty() && at + 1 == queued_.end();
    const bool blocked = file && waiting.contains(*file);
    if (blocked || (!last_chance && random_.chance(options_.delay))) {
      if (file) waiting.insert(*file);
      ++at;
      continue;
    }
    done.push_back(perform(*at));
    at = queued_.erase(at);
  }
  if (!done.empty() || queued_.empty()) return done;
  done.push_back(perform(queued_.front()));
  queued_.pop_front();
  return done;
}

disk_completion disk::perform(broker::log::disk_request& request) {
  disk_completion out;
  out.id = request.id;
  std::visit([&](const auto& op) { carry_out(op, out); }, request.operation);
  return out;
}

void disk::carry_out(const open& op, disk_completion& out) {
  const auto found = now_.find(op.path);
  if (found == now_.end() && op.mode != open_mode::create)
    return fail(out, error_code::resource_not_found, "No such file or directory");
  if (found == now_.end() && !now_.contains(parent_of(op.path)))
    return fail(out, error_code::resource_not_found, "No such directory");
  auto file = found == now_.end() ? std::make_shared<inode>() : found->second;
  if (!file) return fail(out, error_code::io_error, "Is a directory");
  now_[op.path] = file;
  out.size = file->now.size();
  open_[op.file] = std::move(file);
}

disk::inode* disk::open_file(file_id id, disk_completion& out) {
  const auto found = open_.find(id);
  if (found == open_.end()) return fail(out, error_code::io_error, "Bad file descriptor"), nullptr;
  return found->second.get();
}

void disk::carry_out(const close& op, disk_completion&) { open_.erase(op.file); }

void disk::carry_out(const write& op, disk_completion& out) {
  auto* file = open_file(op.file, out);
  if (!file) return;
  const bool full = used() + op.bytes.size() > options_.capacity;
  if (full || random_.chance(options_.write_failure)) return fail_write(op, *file, out);
  pending_write write{op.position, op.bytes.flatten(), std::nullopt};
  apply(write, file->now);
  file->unsynced.push_back(std::move(write));
}

/// Some of the bytes may be there all the same.
void disk::fail_write(const write& op, inode& file, disk_completion& out) {
  const bool full = used() + op.bytes.size() > options_.capacity || random_.chance(0.5);
  auto bytes = op.bytes.flatten();
  bytes.resize(random_.below(bytes.size() + 1));
  pending_write part{op.position, std::move(bytes), std::nullopt};
  if (!part.bytes.empty()) {
    apply(part, file.now);
    file.unsynced.push_back(std::move(part));
  }
  ++(full ? counts_.no_space : counts_.write_errors);
  if (full) return fail(out, error_code::kafka_storage_error, "No space left on device");
  fail(out, error_code::io_error, "Input/output error");
}

void disk::carry_out(const read& op, disk_completion& out) {
  const auto* file = open_file(op.file, out);
  if (!file) return;
  const auto from = std::min<std::uint64_t>(op.position, file->now.size());
  const auto to = std::min<std::uint64_t>(from + op.count, file->now.size());
  const bytes_view all(file->now);
  out.bytes = buffer_slice::copy(all.subspan(from, to - from));
}

void disk::carry_out(const sync_file& op, disk_completion& out) {
  auto* file = open_file(op.file, out);
  if (!file) return;
  ++counts_.syncs;
  if (file->broken || random_.chance(options_.sync_failure)) {
    file->broken = true;
    ++counts_.sync_errors;
    return fail(out, error_code::io_error, "Input/output error");
  }
  for (const auto& one : file->unsynced) apply(one, file->synced);
  file->unsynced.clear();
}

void disk::carry_out(const truncate& op, disk_completion& out) {
  auto* file = open_file(op.file, out);
  if (!file) return;
  pending_write write{0, {}, op.size};
  apply(write, file->now);
  file->unsynced.push_back(std::move(write));
}

void disk::carry_out(const make_directory& op, disk_completion&) {
  make_parents(op.path);
  now_.try_emplace(op.path, nullptr);
}

void disk::carry_out(const list_directory& op, disk_completion& out) {
  if (!now_.contains(op.path)) return fail(out, error_code::resource_not_found, "No such file or directory");
  for (const auto& [path, file] : all_inside(now_, op.path)) {
    if (!directly_inside(path, op.path)) continue;
    out.entries.push_back({path.substr(op.path.size() + 1), file == nullptr, file ? file->now.size() : 0});
  }
}

void disk::carry_out(const sync_directory& op, disk_completion& out) {
  if (op.path == "/") return carry_out(sync_directory{""}, out);
  if (!now_.contains(op.path)) return fail(out, error_code::resource_not_found, "No such file or directory");
  ++counts_.syncs;
  if (random_.chance(options_.sync_failure)) {
    ++counts_.sync_errors;
    return fail(out, error_code::io_error, "Input/output error");
  }
  // What was inside a directory that was renamed or removed follows its name.
  erase_inside(synced_, op.path, [&](const std::string& path) {
    return !now_.contains(directly_inside(path, op.path) ? path : parent_of(path));
  });
  for (const auto& [path, file] : all_inside(now_, op.path))
    if (directly_inside(path, op.path)) synced_[path] = file;
}

void disk::carry_out(const rename& op, disk_completion& out) {
  if (!now_.contains(op.from)) return fail(out, error_code::resource_not_found, "No such file or directory");
  if (random_.chance(options_.rename_failure)) {
    ++counts_.rename_errors;
    return fail(out, error_code::io_error, "Input/output error");
  }
  names moved;
  for (const auto& [path, file] : now_)
    if (path == op.from || inside(path, op.from)) moved[op.to + path.substr(op.from.size())] = file;
  erase_with_inside(now_, op.from);
  for (auto& [path, file] : moved) now_[path] = file;
}

void disk::carry_out(const remove& op, disk_completion&) { erase_with_inside(now_, op.path); }

void disk::crash(sim::crash how, bool in_a_write) {
  // Operations that were under way happened or not, in the order of each file.
  std::set<file_id> lost;
  bool to_tear = how == crash::kill && in_a_write;
  for (auto& request : queued_) {
    const auto file = file_of(request.operation);
    if (to_tear && !lost.contains(*file) && tears(request)) {
      tear(std::get<write>(request.operation));
      lost.insert(*file);
      to_tear = false;
    } else if ((file && lost.contains(*file)) || random_.chance(0.5)) {
      if (file) lost.insert(*file);
    } else {
      perform(request);
    }
  }
  queued_.clear();
  open_.clear();
  if (how == crash::power) cut_power(in_a_write);
}

bool disk::tears(const broker::log::disk_request& request) const {
  const auto* const op = std::get_if<write>(&request.operation);
  return op && op->bytes.size() > 1 && open_.contains(op->file);
}

void disk::tear(const write& op) {
  auto bytes = op.bytes.flatten();
  bytes.resize(1 + random_.below(bytes.size() - 1));
  pending_write part{op.position, std::move(bytes), std::nullopt};
  auto& file = *open_.at(op.file);
  apply(part, file.now);
  file.unsynced.push_back(std::move(part));
  ++counts_.torn_writes;
}

void disk::cut_power(bool in_a_write) {
  names left = synced_;
  for (const auto& [path, file] : now_)
    if (!left.contains(path) && random_.chance(0.5)) left[path] = file;
  for (const auto& [path, file] : synced_) {
    const auto current = now_.find(path);
    if ((current == now_.end() || current->second != file) && random_.chance(0.5)) {
      if (current == now_.end())
        left.erase(path);
      else
        left[path] = current->second;
    }
  }
  // A name in a directory that is not there is gone with it.
  std::erase_if(left, [&](const auto& entry) {
    const auto parent = parent_of(entry.first);
    return !parent.empty() && !left.contains(parent);
  });
  std::set<inode*> seen;
  std::vector<inode*> files;  // in the order of their names
  for (auto& [path, file] : left)
    if (file && seen.insert(file.get()).second) files.push_back(file.get());
  std::uint64_t torn = 0;
  for (const auto* const file : files)
    torn += static_cast<std::uint64_t>(
        std::ranges::count_if(file->unsynced, [](const pending_write& w) { return tears(w); }));
  before_torn_ = in_a_write && torn > 0 ? random_.below(torn) : UINT64_MAX;
  for (auto* const file : files) lose_writes(*file);
  now_ = left;
  synced_ = std::move(left);
}

void disk::lose_writes(inode& file) {
  auto content = std::move(file.synced);
  for (auto& write : file.unsynced) {
    const bool must_tear = tears(write) && before_torn_-- == 0;
    const auto fate = must_tear ? 1 : random_.below(3);
    if (fate == 0) continue;
    if (fate == 1 && tears(write)) {
      const auto kept = 1 + random_.below(write.bytes.size() - 1);
      // A file system may have the length of a write, and not yet its last pages.
      if (must_tear && random_.chance(0.5))
        std::fill(write.bytes.begin() + static_cast<std::ptrdiff_t>(kept), write.bytes.end(), std::byte{0});
      else
        write.bytes.resize(kept);
      ++counts_.torn_writes;
    }
    apply(write, content);
  }
  file.now = file.synced = std::move(content);
  file.unsynced.clear();
  file.broken = false;
}

bool disk::may_tear(sim::crash how) const {
  if (how == crash::kill)
    return std::ranges::any_of(queued_,
                               [this](const broker::log::disk_request& request) { return tears(request); });
  return std::ranges::any_of(now_, [](const auto& entry) {
    return entry.second &&
           std::ranges::any_of(entry.second->unsynced, [](const pending_write& w) { return tears(w); });
  });
}

void disk::apply(const pending_write& write, std::vector<std::byte>& to) {
  if (write.truncate) return to.resize(*write.truncate);
  to.resize(std::max<std::size_t>(to.size(), write.position + write.bytes.size()));
  std::copy(write.bytes.begin(), write.bytes.end(), to.begin() + static_cast<std::ptrdiff_t>(write.position));
}

std::size_t disk::kept_open() const {
  const auto closing = std::ranges::count_if(queued_, [](const broker::log::disk_request& request) {
    return std::holds_alternative<close>(request.operation);
  });
  return open_.size() - std::min(open_.size(), static_cast<std::size_t>(closing));
}

std::size_t disk::open_inside(const std::string& directory) const {
  std::set<node> of;
  for (const auto& [path, file] : all_inside(now_, directory))
    if (file) of.insert(file);
  return static_cast<std::size_t>(
      std::ranges::count_if(open_, [&](const auto& one) { return of.contains(one.second); }));
}

std::uint64_t disk::used() const {
  std::uint64_t total = 0;
  for (const auto& [path, file] : now_) total += file ? file->now.size() : 0;
  return total;
}

void disk::make_parents(const std::string& path) {
  for (auto at = path.find('/', 1); at != std::string::npos; at = path.find('/', at + 1))
    now_.try_emplace(path.substr(0, at), nullptr);
}

void disk::mount(const std::string& path) {
  make_parents(path);
  now_.try_emplace(path, nullptr);
  for (const auto& [name, entry] : now_)
    if (name == path || inside(path, name)) synced_[name] = entry;
}

std::vector<std::string> disk::files() const {
  std::vector<std::string> out;
  for (const auto& [path, file] : now_)
    if (file) out.push_back(path);
  return out;
}

std::optional<std::vector<std::byte>> disk::content(const std::string& path) const {
  const auto found = now_.find(path);
  if (found == now_.end() || !found->second) return std::nullopt;
  return found->second->now;
}

void disk::put(const std::string& path, std::vector<std::byte> content) {
  make_parents(path);
  auto file = std::make_shared<inode>();
  file->now = file->synced = std::move(content);
  now_[path] = file;
  for (const auto& [name, entry] : now_)
    if (name == path || inside(path, name)) synced_[name] = entry;
}

void disk::erase(const std::string& path) {
  erase_with_inside(now_, path);
  erase_with_inside(synced_, path);
}

void disk::flip_bit(const std::string& path, std::uint64_t byte, int bit) {
  auto& file = *now_.at(path);
  const auto mask = static_cast<std::byte>(1 << bit);
  file.now.at(byte) ^= mask;
  if (byte < file.synced.size()) file.synced[byte] ^= mask;
  for (auto& one : file.unsynced)
    if (byte >= one.position && byte - one.position < one.bytes.size())
      one.bytes[byte - one.position] ^= mask;
}

}  // namespace klamm::sim
