#include "net/driver.hpp"

#include <asio/post.hpp>

#include "net/driver_core.hpp"
#include "net/system.hpp"

namespace klamm::net {

driver::driver(asio::any_io_executor executor, link::net_machine& machine, driver_options options)
    : core_(std::make_shared<core>(std::move(executor), machine, std::move(options))) {}
// Who shut it down before may destroy it on another thread, while what it posted is still run on its own.
driver::~driver() {
  if (!down_) core_->shut_down();
}

result<link::endpoint> driver::listen(link::listener_id id, const link::endpoint& at) {
  auto bound = core_->bind(id, at);
  if (bound) core_->accept(id);
  return bound;
}
result<link::endpoint> driver::bind(link::listener_id id, const link::endpoint& at) {
  return core_->bind(id, at);
}
void driver::accept(link::listener_id id) { core_->accept(id); }
void driver::post(command what) { core_->post(std::move(what)); }
void driver::stop_listening() { core_->stop_listening(); }
void driver::shut_down() {
  down_ = true;
  core_->shut_down();
}
std::size_t driver::connections() const { return core_->connections(); }

driver::core::core(asio::any_io_executor executor, link::net_machine& machine, driver_options options)
    : executor_(executor), machine_(&machine), options_(std::move(options)), timer_(executor) {}

result<link::endpoint> driver::core::bind(link::listener_id id, const link::endpoint& at) {
  auto made = std::make_shared<acceptor>(executor_, options_.accept_backoff);
  auto bound = made->listen(at);
  if (bound) acceptors_.insert_or_assign(id, std::move(made));
  return bound;
}

void driver::core::accept(link::listener_id id) {
  acceptors_.at(id)->start([this, id](asio::ip::tcp::socket socket) { on_accepted(id, std::move(socket)); });
}

void driver::core::stop_listening() {
  for (const auto& [id, listening] : acceptors_) listening->stop();
  acceptors_.clear();
}

void driver::core::shut_down() {
  machine_ = nullptr;
  stop_listening();
  timer_.cancel();
  for (auto all = std::exchange(connections_, {}); const auto& [id, c] : all) {
    c->gone = true;
    if (c->connecting) c->connecting->cancel();
    if (c->shaking_hands) c->shaking_hands->cancel();
    c->linger.reset();
    c->io.reset();
  }
  decided_.clear();
  dirty_.clear();
}

void driver::core::post(command what) {
  asio::post(executor_, [self = shared_from_this(), what = std::move(what)]() mutable {
    if (!self->machine_) return;
    self->run(what);
  });
}

// ---- rounds

void driver::core::tell(const shared_connection& about, const link::net_event& event) {
  if (!machine_ || (about && about->forgotten)) return;
  const auto before = decided_.size();
  machine_->on(event, system_now(), decided_);
  forget_closed(before);
  end_round_soon();
}

void driver::core::run(command& what) {
  const auto before = decided_.size();
  what(system_now(), decided_);
  forget_closed(before);
  end_round_soon();
}

// Effects are carried out at the end of the round, but of a connection that the machine closed it hears nothing even before.
void driver::core::forget_closed(std::size_t from) {
  for (; from < decided_.size(); ++from)
    if (const auto* close = std::get_if<link::effect::close>(&decided_[from]))
      if (const auto c = find(close->id)) c->forgotten = true;
}

void driver::core::end_round_soon() {
  if (std::exchange(round_ending_, true)) return;
  asio::post(executor_, [self = shared_from_this()] { self->end_round(); });
}

// What is told while it is carried out needs no round of its own.
void driver::core::end_round() {
  if (machine_) carry_out();
  round_ending_ = false;
  if (machine_ && !(decided_.empty() && dirty_.empty())) end_round_soon();
  if (machine_ && options_.after_round) options_.after_round();
  if (machine_) arm_timer();
}

// What sending brings about (sent, closed) is told to the machine while it is carried out, and decides more. The repetition
// is bounded: a machine that always has more gets its turn again behind the sockets.
void driver::core::carry_out() {
  constexpr int repetitions = 8;
  for (int i = 0; i < repetitions && machine_ && !(decided_.empty() && dirty_.empty()); ++i) {
    std::swap(decided_, carrying_);
    for (auto& effect : carrying_) std::visit([this](auto& what) { apply(what); }, effect);
    carrying_.clear();
    std::swap(dirty_, writing_);
    for (const auto& c : writing_) {
      c->dirty = false;
      write_out(c);
    }
    writing_.clear();
  }
}

void driver::core::arm_timer() {
  const auto wanted = machine_->deadline();
  if (looking_) return;
  // An io_context that waits for nothing else is to end.
  if (wanted == never && std::exchange(armed_for_, never) != never) timer_.cancel();
  if (wanted == never) return;
  if (wanted <= system_now().steady) {
    looking_ = true;
    return tick_after_looking(2);
  }
  // A timer that fires early costs less than setting it anew at each event.
  if (wanted >= armed_for_) return;
  armed_for_ = wanted;
  timer_.expires_at(std::chrono::steady_clock::time_point(
      std::chrono::duration_cast<std::chrono::steady_clock::duration>(wanted.time_since_epoch())));
  timer_.async_wait([self = shared_from_this()](const std::error_code& replaced) {
    if (replaced || !self->machine_) return;
    self->armed_for_ = never;
    self->end_round_soon();
  });
}

void driver::core::tick_after_looking(int passes) {
  asio::post(executor_, [self = shared_from_this(), passes] {
    if (!self->machine_) return;
    if (passes > 1) return self->tick_after_looking(passes - 1);
    self->looking_ = false;
    if (self->machine_->deadline() <= system_now().steady)
      self->tell(nullptr, link::event::tick{});
    else
      self->end_round_soon();
  });
}

// ---- what the machine decides

void driver::core::apply(link::effect::connect& what) {
  auto c = std::make_shared<connection>();
  c->id = what.id;
  connections_[what.id] = c;
  c->connecting = std::make_shared<connector>(
      executor_, what.to, options_.address_stagger,
      [this, id = what.id, host = what.to.host](result<asio::ip::tcp::socket> outcome) {
        on_connected(find(id), host, std::move(outcome));
      });
  c->connecting->start();
}

void driver::core::apply(link::effect::send& what) {
  const auto c = find(what.id);
  if (!c || c->finishing || c->write_failed) return;
  c->out.append(what.bytes);
  mark_dirty(c);
}

void driver::core::apply(link::effect::close& what) {
  const auto c = find(what.id);
  if (!c) return;
  if (what.abort || !c->io || c->write_failed) return drop(c);
  c->finishing = true;
  c->linger = std::make_unique<asio::steady_timer>(executor_, options_.linger);
  c->linger->async_wait([self = shared_from_this(), c](const std::error_code&) { self->drop(c); });
  mark_dirty(c);
}

void driver::core::apply(link::effect::pause_reading& what) {
  if (const auto c = find(what.id)) c->reading = false;
}

void driver::core::apply(link::effect::resume_reading& what) {
  const auto c = find(what.id);
  if (!c || c->finishing) return;
  c->reading = true;
  if (c->io && !c->read_armed) wait_to_read(c);
}

}  // namespace klamm::net
