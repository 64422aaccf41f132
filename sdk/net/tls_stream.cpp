#include "net/tls_stream.hpp"

#include <algorithm>

#include <asio/error.hpp>
#include <asio/ip/address.hpp>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace klamm::net {
namespace {

constexpr std::size_t largest_record = 16 << 10;  // RFC 8446, section 5.1
constexpr int most_records = 16;                  // for one write, before other connections get their turn

stream& below_of(BIO* bio) { return *static_cast<stream*>(BIO_get_data(bio)); }

int carry(BIO* bio, const io_result& came, int retry) {
  BIO_clear_retry_flags(bio);
  if (came.would_block) BIO_set_flags(bio, retry | BIO_FLAGS_SHOULD_RETRY);
  return came.would_block || came.failure ? -1 : static_cast<int>(came.count);
}
int write_below(BIO* bio, const char* from, int size) {
  const iovec piece{const_cast<char*>(from), static_cast<std::size_t>(size)};
  return carry(bio, below_of(bio).write({&piece, 1}), BIO_FLAGS_WRITE);
}
int read_below(BIO* bio, char* to, int size) {
  const auto came = below_of(bio).read({reinterpret_cast<std::byte*>(to), static_cast<std::size_t>(size)});
  if (came.failure == asio::error::eof) {
    BIO_clear_retry_flags(bio);
    return 0;
  }
  return carry(bio, came, BIO_FLAGS_READ);
}
// As the broker's alert says, or as its answer shows.
bool lacks_common_version(unsigned long failure) {
  const auto reason = ERR_GET_REASON(failure);
  return reason == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION || reason == SSL_R_UNSUPPORTED_PROTOCOL;
}
long control(BIO*, int what, long, void*) { return what == BIO_CTRL_FLUSH ? 1 : 0; }

// OpenSSL over a stream of ours: its own socket BIO raises SIGPIPE.
const BIO_METHOD* stream_method() {
  static const auto* const method = [] {
    auto* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "klamm stream");
    BIO_meth_set_write(made, write_below);
    BIO_meth_set_read(made, read_below);
    BIO_meth_set_ctrl(made, control);
    return made;
  }();
  return method;
}

ssl_st* make_ssl(const tls_context& context, const std::string& host, stream& below) {
  auto* const ssl = SSL_new(context.native());
  auto* const bio = ssl ? BIO_new(stream_method()) : nullptr;
  if (!bio) throw std::bad_alloc();
  BIO_set_data(bio, &below);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl, bio, bio);
  SSL_set_connect_state(ssl);
  std::error_code is_name;
  asio::ip::make_address(host, is_name);
  if (is_name)  // RFC 6066: no addresses
    SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(host.c_str()));
  if (!context.verifies_host()) return ssl;
  if (is_name)
    SSL_set1_host(ssl, host.c_str());
  else
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str());
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return ssl;
}

}  // namespace

tls_stream::tls_stream(std::shared_ptr<const tls_context> context, const std::string& host,
                       std::unique_ptr<stream> below)
    : context_(std::move(context)), below_(std::move(below)), ssl_(make_ssl(*context_, host, *below_)) {}

tls_stream::~tls_stream() { SSL_free(ssl_); }

result<tls_stream::step> tls_stream::handshake() {
  ERR_clear_error();
  const auto outcome = SSL_do_handshake(ssl_);
  if (outcome == 1) return step::done;
  switch (SSL_get_error(ssl_, outcome)) {
    case SSL_ERROR_WANT_READ: return step::wants_to_read;
    case SSL_ERROR_WANT_WRITE: return step::wants_to_write;
    default: return why_failed(outcome);
  }
}

error tls_stream::why_failed(int outcome) const {
  const auto verdict = SSL_get_verify_result(ssl_);
  if (verdict != X509_V_OK)
    return {error_code::tls_failed,
            fmt::format("the broker's certificate is refused: {}", X509_verify_cert_error_string(verdict))};
  const auto failure = ERR_peek_error();
  if (SSL_get_error(ssl_, outcome) == SSL_ERROR_SSL &&
      ERR_GET_REASON(failure) != SSL_R_UNEXPECTED_EOF_WHILE_READING)
    return {error_code::tls_failed,
            fmt::format("no TLS with the broker{}: {}",
                        lacks_common_version(failure) ? ", which has neither 1.2 nor 1.3" : "",
                        take_tls_failure().message())};
  return {error_code::connect_failed,
          "the connection ended within the TLS handshake; does this listener speak TLS?"};
}

io_result tls_stream::failure_of(int outcome) const {
  switch (SSL_get_error(ssl_, outcome)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: return {0, true, {}};
    case SSL_ERROR_ZERO_RETURN: return {0, false, asio::error::make_error_code(asio::error::eof)};
    default: break;
  }
  // An end without its announcement: every frame has its size, so what was cut off is seen there.
  const bool cut = ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
  return {0, false, cut ? asio::error::make_error_code(asio::error::eof) : take_tls_failure()};
}

// As much as there is: with bytes left inside the library, the socket would tell of none.
io_result tls_stream::read(mutable_bytes to) {
  io_result all;
  while (all.count < to.size()) {
    ERR_clear_error();
    std::size_t count = 0;
    const auto outcome = SSL_read_ex(ssl_, to.data() + all.count, to.size() - all.count, &count);
    if (outcome == 1) {
      all.count += count;
      continue;
    }
    more_ = false;
    if (all.count > 0) return all;  // an end is found again by the next read
    return failure_of(outcome);
  }
  more_ = true;
  return all;
}

// A record that did not leave whole has to be offered again with what it was begun with: what is offered only ever grows at its end.
io_result tls_stream::write(std::span<const iovec> from) {
  io_result all;
  std::size_t skip = 0;  // of from.front()
  for (int records = 0; records < most_records && !from.empty(); ++records) {
    staged_.clear();
    auto rest = from;
    for (auto at = skip; !rest.empty() && staged_.size() < largest_record; at = 0) {
      const auto* bytes = static_cast<const std::byte*>(rest.front().iov_base) + at;
      const auto count = std::min(rest.front().iov_len - at, largest_record - staged_.size());
      staged_.insert(staged_.end(), bytes, bytes + count);
      if (at + count < rest.front().iov_len) break;
      rest = rest.subspan(1);
    }
    ERR_clear_error();
    std::size_t count = 0;
    const auto outcome = SSL_write_ex(ssl_, staged_.data(), staged_.size(), &count);
    if (outcome != 1) {
      if (all.count > 0) return all;
      return failure_of(outcome);
    }
    all.count += count;
    for (skip += count; !from.empty() && skip >= from.front().iov_len; from = from.subspan(1))
      skip -= from.front().iov_len;
  }
  return all;
}

void tls_stream::end() {
  ERR_clear_error();
  SSL_shutdown(ssl_);
  ERR_clear_error();
  below_->end();
}

}  // namespace klamm::net
