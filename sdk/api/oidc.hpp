// Bearer tokens of an OpenID Connect provider, by the client credentials grant.
#pragma once

#include <string>
#include <vector>

#include <klamm/options.hpp>

#include "base/result.hpp"
#include "base/time.hpp"
#include "net/form_post.hpp"

namespace klamm::api {

/// What is asked (RFC 6749, 4.4.2).
net::form_post token_request(const OidcClientCredentials& from);
/// The token in the answer (RFC 6749, 5.1), which ends `expires_in` after `now`, or when itself says so (`exp` of RFC 7519). Fails with
/// sasl_authentication_failed, or connect_failed where it may go better another time, saying what the provider says (5.2).
result<OAuthToken> token_in(const net::web_answer& answer, timestamp now);

/// What is wrong with them; empty: nothing.
std::vector<ConfigFault> faults_of(const OidcClientCredentials& from);

}  // namespace klamm::api
