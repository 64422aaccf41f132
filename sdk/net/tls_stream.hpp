// TLS over another stream.
//
//   handshake() until it is done, each time after waiting for what it wants  ->  read, write  ->  end
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "net/stream.hpp"
#include "net/tls_context.hpp"

struct ssl_st;

namespace klamm::net {

class tls_stream final : public stream {
 public:
  /// `host`: the name or the address that was asked for, which the peer's certificate has to have.
  tls_stream(std::shared_ptr<const tls_context> context, const std::string& host,
             std::unique_ptr<stream> below);
  ~tls_stream() override;
  tls_stream(const tls_stream&) = delete;
  tls_stream& operator=(const tls_stream&) = delete;

  enum class step { done, wants_to_read, wants_to_write };
  /// Errors: TLS_FAILED, which trying again does not mend; CONNECT_FAILED, where the connection broke.
  result<step> handshake();

  io_result read(mutable_bytes to) override;
  io_result write(std::span<const iovec> from) override;
  bool has_buffered() const override { return more_; }
  void end() override;
  asio::ip::tcp::socket& socket() override { return below_->socket(); }

 private:
  error why_failed(int outcome) const;
  io_result failure_of(int outcome) const;

  const std::shared_ptr<const tls_context> context_;
  const std::unique_ptr<stream> below_;
  ssl_st* const ssl_;
  std::vector<std::byte> staged_;  // what goes into one record
  bool more_ = false;              // the last read ended for want of room, not of bytes
};

}  // namespace klamm::net
