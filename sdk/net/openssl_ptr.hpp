// OpenSSL's objects, owned: openssl_ptr<X509, X509_free>.
#pragma once

#include <memory>

namespace klamm::net {

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* what) const {
    Free(what);
  }
};
template <class T, auto Free>
using openssl_ptr = std::unique_ptr<T, freed_by<Free>>;

}  // namespace klamm::net
