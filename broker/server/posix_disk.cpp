#include "broker/server/posix_disk.hpp"

#include <optional>
#include <type_traits>
#include <unordered_map>
#include <utility>

#include <asio/post.hpp>
#include <asio/strand.hpp>
#include <asio/thread_pool.hpp>

#include "broker/server/disk_operations.hpp"

namespace klamm::broker::server {
namespace {

/// The file that an operation names by its id; null for those that name paths.
const log::file_id* file_of(const log::disk_operation& operation) {
  return std::visit(
      [](const auto& what) -> const log::file_id* {
        if constexpr (requires { what.file; })
          return &what.file;
        else
          return nullptr;
      },
      operation);
}

log::disk_completion carry_out(file_layer& files, open_file* file, const log::disk_request& request) {
  log::disk_completion done{
      .id = request.id, .failure = error_code::none, .detail = {}, .size = 0, .bytes = {}, .entries = {}};
  std::visit(
      [&](const auto& what) {
        if constexpr (requires { what.file; })
          file->perform(what, done);
        else
          perform(files, what, done);
      },
      request.operation);
  return done;
}

}  // namespace

class posix_disk::impl {
 public:
  impl(options how, completion_handler on_complete)
      : files_(*how.files), on_complete_(std::move(on_complete)) {
    if (how.threads > 0) pool_.emplace(static_cast<std::size_t>(how.threads));
  }
  ~impl() {
    if (pool_) pool_->join();
  }

  void submit(log::disk_effects&& operations) {
    if (pool_) {
      for (auto& request : operations) hand_over(std::move(request));
      return;
    }
    for (auto& request : operations) waiting_.push_back(std::move(request));
    if (std::exchange(busy_, true)) return;
    while (!waiting_.empty()) do_waiting();
    busy_ = false;
  }

 private:
  using strand = asio::strand<asio::thread_pool::executor_type>;
  struct entry {
    std::shared_ptr<open_file> file;
    std::optional<strand> order;
  };

  entry& entry_of(log::file_id id) {
    auto [at, fresh] = open_.try_emplace(id);
    if (fresh) {
      at->second.file = std::make_shared<open_file>(files_);
      if (pool_) at->second.order.emplace(asio::make_strand(*pool_));
    }
    return at->second;
  }

  void do_waiting() {
    auto round = std::exchange(waiting_, {});
    std::vector<log::disk_completion> done;
    done.reserve(round.size());
    for (auto& request : round) {
      const auto* id = file_of(request.operation);
      done.push_back(carry_out(files_, id ? entry_of(*id).file.get() : nullptr, request));
      if (std::holds_alternative<log::disk::close>(request.operation)) open_.erase(*id);
    }
    on_complete_(std::move(done));
  }

  void hand_over(log::disk_request&& request) {
    const auto* id = file_of(request.operation);
    const auto closes = std::holds_alternative<log::disk::close>(request.operation);
    auto target = id ? entry_of(*id) : entry{};
    if (closes) open_.erase(*id);  // the id is never used again; what is queued shares the file
    auto work = [this, file = std::move(target.file), request = std::move(request)] {
      std::vector<log::disk_completion> done;
      done.push_back(carry_out(files_, file.get(), request));
      on_complete_(std::move(done));
    };
    if (target.order)
      asio::post(*target.order, std::move(work));
    else
      asio::post(*pool_, std::move(work));
  }

  file_layer& files_;
  completion_handler on_complete_;
  std::unordered_map<log::file_id, entry> open_;
  log::disk_effects waiting_;
  bool busy_ = false;
  std::optional<asio::thread_pool> pool_;
};

posix_disk::posix_disk(options how, completion_handler on_complete)
    : impl_(std::make_unique<impl>(how, std::move(on_complete))) {}
posix_disk::~posix_disk() = default;
void posix_disk::submit(log::disk_effects&& operations) { impl_->submit(std::move(operations)); }

}  // namespace klamm::broker::server
