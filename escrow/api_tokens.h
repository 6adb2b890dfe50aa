// SPDX-License-Identifier: Apache-2.0
//
// Who may use the portal's HTTP API: bearer tokens (RFC 6750), each with a name, scopes and an end.
// `phictl api-token` makes and revokes them, the portal checks them. One small file a token; it
// holds SHA-256 of a secret of 256 random bits, so that who reads the folder can use none.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

namespace phimilter::escrow {

inline constexpr std::array<std::string_view, 5> kApiScopes = {
    "recipients:read", "recipients:write", "messages:read", "messages:write", "messages:send"};

struct ApiToken {
  std::string id;    // 16 hex digits; stands in the token's text and in lists, is no secret
  std::string name;  // [A-Za-z0-9._-], up to 64: who this token is, in the journal
  std::vector<std::string> scopes;
  std::string created_by;
  Timestamp created{}, expires{};
  bool may(std::string_view scope) const;
};

class ApiTokens {
 public:
  // The folder need not be there: then there are no tokens.
  explicit ApiTokens(std::string folder) : folder_(std::move(folder)) {}

  // What create() would find wrong. Permanent fault: the name, a scope or the end is none; the name
  // is taken.
  Status check(const ApiToken& token) const;
  // Makes the folder (0700). `id` is given here; the secret text is not kept and cannot be shown
  // again.
  Result<Secret> create(ApiToken& token);
  // By name; a file that cannot be read is left out and said so in the log.
  Result<std::vector<ApiToken>> list() const;
  Status revoke(const ApiToken& token);  // durable on return
  // Whose text that is; nullopt: nobody's, or its time is over. The comparison takes the same time
  // whatever is wrong. Transient fault: could not tell.
  Result<std::optional<ApiToken>> find(std::string_view text, Timestamp now) const;

 private:
  std::string path_of(std::string_view id) const;
  std::string folder_;
};

std::string api_token_folder(const std::string& portal_state);

}  // namespace phimilter::escrow
