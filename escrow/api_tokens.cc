// SPDX-License-Identifier: Apache-2.0
//
// The text of a token is phi_<id>_<43 characters of base64url>; its file is <id>.token, mode 0600:
//   {"v":1,"name":"lab","scopes":["recipients:write"],"created_by":"root","created":"<RFC 3339>",
//    "expires":"<RFC 3339>","hash":"<SHA-256 of the text, hex>"}
#include "escrow/api_tokens.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/files.h"
#include "base/ids.h"
#include "base/limits.h"
#include "base/log.h"

namespace phimilter::escrow {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kSuffix = ".token";
constexpr std::string_view kPrefix = "phi_";
constexpr std::size_t kIdDigits = 16;
constexpr std::size_t kSecretCharacters = 43;
constexpr std::size_t kLongestName = 64;
constexpr std::size_t kLongestFile = 16 * limits::kKiB;

struct Stored {
  ApiToken token;
  std::string hash;
};

Fault unreadable(const std::string& path) {
  return transient_fault("escrow.api_token", "the file of an API token cannot be understood")
      .with("path", path);
}

Result<Stored> read_stored(const std::string& path, std::string_view id) {
  const auto text = read_file(path, kLongestFile);
  if (!text) {
    return fail(text.error());
  }
  try {
    const Json json = Json::parse(*text);
    Stored stored;
    stored.token.id = id;
    stored.token.name = json.at("name").get<std::string>();
    stored.token.scopes = json.at("scopes").get<std::vector<std::string>>();
    stored.token.created_by = json.at("created_by").get<std::string>();
    stored.hash = json.at("hash").get<std::string>();
    const auto created = parse_rfc3339(json.at("created").get<std::string>());
    const auto expires = parse_rfc3339(json.at("expires").get<std::string>());
    if (json.at("v") != 1 || !created || !expires) {
      return fail(unreadable(path));
    }
    stored.token.created = *created;
    stored.token.expires = *expires;
    return stored;
  } catch (const Json::exception&) {
    return fail(unreadable(path));
  }
}

// nullopt: not of the form of a token.
std::optional<std::string_view> id_of(std::string_view text) {
  if (text.size() != kPrefix.size() + kIdDigits + 1 + kSecretCharacters ||
      !text.starts_with(kPrefix) || text[kPrefix.size() + kIdDigits] != '_') {
    return std::nullopt;
  }
  const std::string_view id = text.substr(kPrefix.size(), kIdDigits);
  return id_form::hex(id, kIdDigits) ? std::optional(id) : std::nullopt;
}

Status check_form(const ApiToken& token, const std::vector<ApiToken>& others) {
  const auto bad = [](std::string text) {
    return fail(permanent_fault("escrow.api_token_form", std::move(text)));
  };
  if (!id_form::word(token.name, kLongestName)) {
    return bad("a name is 1 to 64 letters, digits, dots, hyphens and underscores");
  }
  const auto known = [](const std::string& scope) {
    return std::find(kApiScopes.begin(), kApiScopes.end(), scope) != kApiScopes.end();
  };
  if (token.scopes.empty() || !std::all_of(token.scopes.begin(), token.scopes.end(), known)) {
    return bad(
        "a scope is one of recipients:read, recipients:write, messages:read, messages:write, "
        "messages:send");
  }
  if (token.expires <= token.created) {
    return bad("a token must end after now");
  }
  if (std::any_of(others.begin(), others.end(),
                  [&](const ApiToken& other) { return other.name == token.name; })) {
    return bad("there is a token of this name already; revoke it first, or give another name");
  }
  return {};
}

}  // namespace

bool ApiToken::may(std::string_view scope) const {
  return std::find(scopes.begin(), scopes.end(), scope) != scopes.end();
}

std::string api_token_folder(const std::string& portal_state) {
  return portal_state + "/api-tokens";
}

std::string ApiTokens::path_of(std::string_view id) const {
  return folder_ + "/" + std::string(id) + std::string(kSuffix);
}

Status ApiTokens::check(const ApiToken& token) const {
  const auto others = list();
  return others ? check_form(token, *others) : fail(others.error());
}

Result<Secret> ApiTokens::create(ApiToken& token) {
  if (auto made = make_folder(folder_, 0700); !made) {
    return fail(made);
  }
  if (auto checked = check(token); !checked) {
    return fail(checked);
  }
  token.id = hex(random_secret(kIdDigits / 2).span());
  const Secret random = random_secret(32);
  const Secret text(
      std::string_view(std::string(kPrefix) + token.id + '_' + base64url(random.span())));
  const Json json = {{"v", 1},
                     {"name", token.name},
                     {"scopes", token.scopes},
                     {"created_by", token.created_by},
                     {"created", rfc3339(token.created)},
                     {"expires", rfc3339(token.expires)},
                     {"hash", hex(sha256(text.view()))}};
  const std::string content = json.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
  if (auto written = write_file_durably(path_of(token.id), content, 0600); !written) {
    return fail(written);
  }
  return text.duplicate();
}

Result<std::vector<ApiToken>> ApiTokens::list() const {
  std::vector<ApiToken> out;
  if (::access(folder_.c_str(), F_OK) != 0 && errno == ENOENT) {
    return out;
  }
  const auto names = list_folder(folder_);
  if (!names) {
    return fail(names.error());
  }
  for (const std::string& name : *names) {
    if (name.size() != kIdDigits + kSuffix.size() || !name.ends_with(kSuffix)) {
      continue;
    }
    auto stored = read_stored(folder_ + "/" + name, name.substr(0, kIdDigits));
    if (!stored) {
      log::fault(log::Level::warning, "-", stored.error());
      continue;
    }
    out.push_back(std::move(stored->token));
  }
  std::sort(out.begin(), out.end(),
            [](const ApiToken& a, const ApiToken& b) { return a.name < b.name; });
  return out;
}

Status ApiTokens::revoke(const ApiToken& token) {
  if (::unlink(path_of(token.id).c_str()) != 0 && errno != ENOENT) {
    return fail(errno_fault("escrow.api_token_write", "the token's file cannot be deleted")
                    .with("path", path_of(token.id)));
  }
  return sync_folder(folder_);
}

Result<std::optional<ApiToken>> ApiTokens::find(std::string_view text, Timestamp now) const {
  const std::string digest = hex(sha256(text));
  const auto id = id_of(text);
  if (!id || (::access(path_of(*id).c_str(), F_OK) != 0 && errno == ENOENT)) {
    return std::nullopt;
  }
  auto stored = read_stored(path_of(*id), *id);
  if (!stored) {
    return fail(stored);
  }
  const bool right = constant_time_equal(std::string_view(digest), std::string_view(stored->hash));
  if (!right || stored->token.expires <= now) {
    return std::nullopt;
  }
  return std::move(stored->token);
}

}  // namespace phimilter::escrow
