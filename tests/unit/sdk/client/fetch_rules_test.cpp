// Hard parts 8, 9 and 13: which fetched batches are shown, where the position goes, what a session says.
#include <doctest/doctest.h>

#include "client/fetch_session.hpp"
#include "client/fetched_records.hpp"
#include "log_batches.hpp"
#include "wire/endian.hpp"

using namespace klamm;
using namespace klamm::client;
using namespace klamm::test;

namespace {

const producer_id p(1), q(2);
const topic_partition a0{"a", partition_id(0)}, a1{"a", partition_id(1)};
fetch_ask ask(std::int64_t from) { return {uuid{{1}}, offset(from), {}, {}, 100}; }

}  // namespace

TEST_CASE("records below the position come along, batches below it do not, an unfinished batch is left out") {
  auto cut = batch_at(offset(9), sealed(3));
  cut.resize(cut.size() - 1);
  const auto out = select_batches(
      joined({batch_at(offset(0), sealed(4)), batch_at(offset(4), sealed(5)), cut}), offset(6), {});
  CHECK(out.batches.size() == 1);
  CHECK(out.next == offset(9));
  CHECK(out.damage == error_code::none);
}

TEST_CASE(
    "what is counted is shown: no part of a batch, none that is hidden, and no number of records that cannot "
    "be") {
  auto cut = batch_at(offset(9), sealed(3));
  cut.resize(cut.size() - 1);
  const auto shown = batch_at(offset(4), sealed(5));
  const auto out =
      select_batches(joined({in_transaction(offset(0), 4, p), shown, cut}), offset(2), {{p, offset(0)}});
  CHECK(out.count == 5);
  CHECK(out.bytes == shown.size());

  constexpr std::size_t record_count_at = 57;
  for (const auto said : {-1, 1'000'000}) {
    auto lying = batch_at(offset(0), sealed(3));
    wire::store(lying.data() + record_count_at, std::int32_t{said});
    CHECK(select_batches(buffer_slice::own(std::move(lying)), offset(0), {}).count == (said < 0 ? 0 : 3));
  }
}

TEST_CASE("read_committed drops whole batches of aborted transactions, and the position moves past markers") {
  const auto out = select_batches(
      joined({in_transaction(offset(0), 2, p), in_transaction(offset(2), 1, q), marker(offset(3), false, p),
              in_transaction(offset(4), 2, p), marker(offset(6), true, p)}),
      offset(0), {{p, offset(0)}});
  CHECK(out.batches.size() == 2);  // q's, and p's next transaction
  CHECK(out.next == offset(7));
}

TEST_CASE("a batch that compaction emptied shows nothing, and the position goes behind its last offset") {
  auto out = select_batches(joined({emptied(offset(4), 5)}), offset(4), {});
  CHECK(out.batches.empty());
  CHECK(out.count == 0);
  CHECK(out.next == offset(9));
  CHECK(out.damage == error_code::none);

  out = select_batches(
      joined({batch_at(offset(0), sealed(4)), emptied(offset(4), 5), batch_at(offset(9), sealed(2))}),
      offset(1), {});
  CHECK(out.batches.size() == 2);
  CHECK(out.next == offset(11));
}

TEST_CASE("aborted transactions may come in any order") {
  const auto out = select_batches(joined({in_transaction(offset(0), 1, p), marker(offset(1), false, p),
                                          in_transaction(offset(2), 1, p), marker(offset(3), false, p)}),
                                  offset(0), {{p, offset(2)}, {p, offset(0)}});
  CHECK(out.batches.empty());
  CHECK(out.next == offset(4));
}

TEST_CASE("bytes that are no batch are named, not passed over") {
  std::vector<std::byte> garbage(100, std::byte{0xff});
  CHECK(select_batches(buffer_slice::own(garbage), offset(0), {}).damage == error_code::corrupt_message);
  CHECK(select_batches({}, offset(3), {}).next == offset(3));
}

TEST_CASE("a session says what changed, and forgets what is no longer fetched") {
  fetch_session session;
  auto plan = session.next({{a0, ask(0)}, {a1, ask(0)}});
  CHECK(plan.full());
  CHECK(plan.ask.size() == 2);
  session.answered(77);

  plan = session.next({{a0, ask(5)}});
  CHECK(plan.session_id == 77);
  CHECK(plan.epoch == 1);
  CHECK(plan.ask.size() == 1);
  CHECK(plan.forget == std::vector<std::pair<topic_partition, uuid>>{{a1, uuid{{1}}}});
  session.answered(77);

  CHECK(session.next({{a0, ask(5)}}).ask.empty());
}

TEST_CASE("after a session error everything is said again; a session that the broker forgot is not named") {
  fetch_session session;
  session.next({{a0, ask(0)}});
  session.answered(77);
  session.failed(error_code::invalid_fetch_session_epoch);
  auto plan = session.next({{a0, ask(0)}});
  CHECK((plan.full() && plan.session_id == 77 && plan.ask.size() == 1));
  session.failed(error_code::fetch_session_id_not_found);
  CHECK(session.next({{a0, ask(0)}}).session_id == 0);
}

TEST_CASE("a topic made again under its name is forgotten under the old id and added under the new one") {
  fetch_session session;
  session.next({{a0, ask(0)}});
  session.answered(77);
  auto again = ask(0);
  again.topic_id = uuid{{2}};
  const auto plan = session.next({{a0, again}});
  CHECK(plan.forget.size() == 1);
  CHECK(plan.ask.at(a0).topic_id == uuid{{2}});
}
