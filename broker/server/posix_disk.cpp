#include "broker/server/posix_disk.hpp"

#include <algorithm>
#include <atomic>
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

#include "broker/server/file_of.hpp"
#include "broker/server/operation_line.hpp"

namespace klamm::broker::server {
namespace {

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
    if (how.threads == 0) return;
    pool_.emplace(static_cast<std::size_t>(how.threads));
    shortage_.emplace(asio::make_strand(*pool_));
  }
  ~impl() {
    if (pool_) pool_->join();
    open_.clear();  // their strands are the pool's
    waiting_for_descriptor_.clear();
    shortage_.reset();
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

  void retry() {
    if (pool_) {
      asio::post(*shortage_, [this] {
        for (const auto& one : std::exchange(waiting_for_descriptor_, {}))
          one.run(*pool_, [this, one] { try_again(one); });
      });
      return;
    }
    const bool busy = std::exchange(busy_, true);
    for (const auto& one : std::exchange(waiting_for_descriptor_, {})) try_again(one);
    busy_ = busy;
    submit({});
  }

  bool short_of_descriptors() const { return short_lines_ > 0; }

 private:
  using strand = asio::strand<asio::thread_pool::executor_type>;
  struct entry {
    std::shared_ptr<operation_line> line;
    std::optional<strand> order;

    void run(asio::thread_pool& on, auto work) const {
      if (order)
        asio::post(*order, std::move(work));
      else
        asio::post(on, std::move(work));
    }
  };

  entry entry_of(const log::file_id* id) {
    if (!id) return {std::make_shared<operation_line>(files_), std::nullopt};
    auto [at, fresh] = open_.try_emplace(*id);
    if (fresh) {
      at->second.line = std::make_shared<operation_line>(files_);
      if (pool_) at->second.order.emplace(asio::make_strand(*pool_));
    }
    return at->second;
  }

  /// Operations of one round that have to follow each other.
  struct sequence_of_operations {
    entry on;
    std::vector<std::size_t> places;  // in the round
    bool waited;                      // some were kept before this round
  };

  void keep(entry one) {
    if (!pool_) return waiting_for_descriptor_.push_back(std::move(one));
    asio::post(*shortage_,
               [this, one = std::move(one)]() mutable { waiting_for_descriptor_.push_back(std::move(one)); });
  }

  /// On the line's strand, if it has one.
  void try_again(const entry& one) {
    auto done = one.line->retry();
    if (one.line->waits())
      keep(one);
    else
      --short_lines_;
    if (!done.empty()) on_complete_(std::move(done));
  }

  void do_waiting() {
    const auto round = std::exchange(waiting_, {});
    const auto sequences = split(round);
    std::vector<std::optional<log::disk_completion>> done(round.size());
    const auto workers = workers_for(round, sequences.size());
    // The w-th of them does every workers-th sequence.
    const auto work = [&](std::size_t w) {
      for (auto i = w; i < sequences.size(); i += workers)
        for (const auto place : sequences[i].places)
          done[place] = sequences[i].on.line->perform(round[place]);
    };
    std::vector<std::future<void>> helping;
    for (std::size_t w = 1; w < workers; ++w)
      helping.push_back(asio::post(*helpers_, std::packaged_task<void()>([&work, w] { work(w); })));
    work(0);
    for (auto& helper : helping) helper.get();
    for (const auto& one : sequences) note_kept(one.on, one.waited);
    finish_round(round, std::move(done));
  }

  void note_kept(const entry& one, bool waited) {
    if (waited || !one.line->waits()) return;
    ++short_lines_;
    keep(one);
  }

  void finish_round(const log::disk_effects& round, std::vector<std::optional<log::disk_completion>> found) {
    bool closed = false;
    for (const auto& request : round)
      if (const auto* const close = std::get_if<log::disk::close>(&request.operation))
        closed = open_.erase(close->file) > 0 || closed;
    std::vector<log::disk_completion> done;
    done.reserve(found.size());
    for (auto& one : found)
      if (one) done.push_back(std::move(*one));
    if (!done.empty()) on_complete_(std::move(done));
    if (closed && short_of_descriptors()) retry();
  }

  std::vector<sequence_of_operations> split(const log::disk_effects& round) {
    std::vector<sequence_of_operations> sequences;
    std::unordered_map<log::file_id, std::size_t> of_file;
    for (std::size_t place = 0; place < round.size(); ++place) {
      const auto* const id = file_of(round[place].operation);
      const auto next = sequences.size();
      const auto at = id ? of_file.try_emplace(*id, next).first->second : next;
      if (at == next) {
        auto on = entry_of(id);
        const bool waited = on.line->waits();
        sequences.push_back({std::move(on), {}, waited});
      }
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
    const bool closes = std::holds_alternative<log::disk::close>(request.operation);
    const auto target = entry_of(id);
    if (closes) open_.erase(*id);  // the id is never used again; what is queued shares the file
    target.run(*pool_, [this, target, closes, request = std::move(request)] {
      const bool waited = target.line->waits();
      auto done = target.line->perform(request);
      note_kept(target, waited);
      if (done) on_complete_(one_of(std::move(*done)));
      if (done && closes && short_of_descriptors()) retry();
    });
  }

  static std::vector<log::disk_completion> one_of(log::disk_completion&& done) {
    std::vector<log::disk_completion> all;
    all.push_back(std::move(done));
    return all;
  }

  file_layer& files_;
  completion_handler on_complete_;
  std::unordered_map<log::file_id, entry> open_;
  std::optional<strand> shortage_;  // with threads, of the list behind it
  std::vector<entry> waiting_for_descriptor_;
  std::atomic<int> short_lines_ = 0;  // with those that are being tried again
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
bool posix_disk::short_of_descriptors() const { return impl_->short_of_descriptors(); }
void posix_disk::retry() { impl_->retry(); }

}  // namespace klamm::broker::server
