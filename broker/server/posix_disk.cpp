#include "broker/server/posix_disk.hpp"

#include <algorithm>
#include <future>
#include <optional>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include <asio/packaged_task.hpp>
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

/// Operations that wait for the medium: fewer are done sooner than helpers are woken. A rename is among them, since it may
/// replace a file, whose blocks ext4 then writes and frees (1.5 ms).
constexpr std::ptrdiff_t worth_help = 4;

}  // namespace

class posix_disk::impl {
 public:
  impl(options how, completion_handler on_complete)
      : files_(*how.files),
        on_complete_(std::move(on_complete)),
        helper_count_(static_cast<std::size_t>(how.helpers)) {
    if (how.threads > 0) pool_.emplace(static_cast<std::size_t>(how.threads));
  }
  ~impl() {
    if (pool_) pool_->join();
    open_.clear();  // their strands are the pool's
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

  /// Operations of one round that have to follow each other: those on one file, or a single one on a path.
  struct sequence_of_operations {
    std::shared_ptr<open_file> file;
    std::vector<std::size_t> places;  // in the round
  };

  void do_waiting() {
    const auto round = std::exchange(waiting_, {});
    const auto sequences = split(round);
    std::vector<log::disk_completion> done(round.size());
    const auto workers = workers_for(round, sequences.size());
    // The w-th of them does every workers-th sequence.
    const auto work = [&](std::size_t w) {
      for (auto i = w; i < sequences.size(); i += workers)
        for (const auto place : sequences[i].places)
          done[place] = carry_out(files_, sequences[i].file.get(), round[place]);
    };
    std::vector<std::future<void>> helping;
    for (std::size_t w = 1; w < workers; ++w)
      helping.push_back(asio::post(*helpers_, std::packaged_task<void()>([&work, w] { work(w); })));
    work(0);
    for (auto& helper : helping) helper.get();
    for (const auto& request : round)
      if (const auto* const closed = std::get_if<log::disk::close>(&request.operation))
        open_.erase(closed->file);
    on_complete_(std::move(done));
  }

  std::vector<sequence_of_operations> split(const log::disk_effects& round) {
    std::vector<sequence_of_operations> sequences;
    std::unordered_map<log::file_id, std::size_t> of_file;
    for (std::size_t place = 0; place < round.size(); ++place) {
      const auto* const id = file_of(round[place].operation);
      const auto next = sequences.size();
      const auto at = id ? of_file.try_emplace(*id, next).first->second : next;
      if (at == next) sequences.push_back({id ? entry_of(*id).file : nullptr, {}});
      sequences[at].places.push_back(place);
    }
    return sequences;
  }

  std::size_t workers_for(const log::disk_effects& round, std::size_t sequences) {
    const auto slow = std::count_if(round.begin(), round.end(), [](const auto& request) {
      return std::holds_alternative<log::disk::sync_file>(request.operation) ||
             std::holds_alternative<log::disk::sync_directory>(request.operation) ||
             std::holds_alternative<log::disk::rename>(request.operation);
    });
    if (helper_count_ == 0 || slow < worth_help) return 1;
    if (!helpers_) helpers_.emplace(helper_count_);
    return std::min(helper_count_ + 1, sequences);
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
  std::size_t helper_count_;
  std::optional<asio::thread_pool> helpers_;  // made when they are first of use
  std::optional<asio::thread_pool> pool_;
};

posix_disk::posix_disk(options how, completion_handler on_complete)
    : impl_(std::make_unique<impl>(how, std::move(on_complete))) {}
posix_disk::~posix_disk() = default;
void posix_disk::submit(log::disk_effects&& operations) { impl_->submit(std::move(operations)); }

}  // namespace klamm::broker::server
