// SPDX-License-Identifier: Apache-2.0
#include "protect/ldap_certificates.h"

#include <ldap.h>
#include <sys/time.h>

#include <array>
#include <chrono>
#include <memory>

#include "base/encoding.h"
#include "base/limits.h"

namespace phimilter::protect {
namespace {

using Kind = NetAnswer::Kind;

constexpr int kMostEntries = 10;

struct LdapRelease {
  void operator()(LDAP* connection) const { ldap_unbind_ext_s(connection, nullptr, nullptr); }
};
struct MessageRelease {
  void operator()(LDAPMessage* message) const { ldap_msgfree(message); }
};
using Connection = std::unique_ptr<LDAP, LdapRelease>;
using Message = std::unique_ptr<LDAPMessage, MessageRelease>;

struct Directory {
  std::string domain, address, host, base;
  bool start_tls = false;
};

// "hospital.example ldaps://host:port/base"; the base may hold blanks.
std::optional<Directory> parse_directory(const std::string& setting) {
  const auto blank = setting.find(' ');
  const auto scheme_end = setting.find("://", blank == std::string::npos ? 0 : blank);
  if (blank == std::string::npos || blank == 0 || scheme_end == std::string::npos) {
    return std::nullopt;
  }
  const std::string scheme = setting.substr(blank + 1, scheme_end - blank - 1);
  const auto slash = setting.find('/', scheme_end + 3);
  Directory directory;
  directory.domain = setting.substr(0, blank);
  directory.start_tls = scheme == "ldap";
  directory.host = setting.substr(scheme_end + 3, slash - scheme_end - 3);
  directory.address = scheme + "://" + directory.host;
  directory.base = slash == std::string::npos ? "" : setting.substr(slash + 1);
  const bool good =
      (scheme == "ldap" || scheme == "ldaps") && !directory.host.empty() && !directory.base.empty();
  return good ? std::optional(directory) : std::nullopt;
}

// One text with all of them, so that whoever chooses sees them side by side.
void add_pem(std::string_view der, std::string& pem) {
  constexpr std::size_t kLine = 64;
  const std::string text = base64(as_bytes(der));
  pem += "-----BEGIN CERTIFICATE-----\n";
  for (std::size_t at = 0; at < text.size(); at += kLine) {
    pem += text.substr(at, kLine) + "\n";
  }
  pem += "-----END CERTIFICATE-----\n";
}

class LdapDirectory final : public KeyServer {
 public:
  LdapDirectory(Directory directory, std::string ca_file)
      : directory_(std::move(directory)), ca_file_(std::move(ca_file)) {}

  KeyKind kind() const override { return KeyKind::smime; }
  std::string_view source() const override { return "ldap"; }

  std::optional<std::string> host(const mail::Address& address) const override {
    const bool asked =
        directory_.domain == "*" || mail::domain_listed(address.domain(), {directory_.domain});
    return asked ? std::optional(directory_.host) : std::nullopt;
  }

  NetAnswer ask(const mail::Address& address, Deadline deadline) override {
    int error = LDAP_SUCCESS;
    const Connection connection = connect(deadline, error);
    if (!connection) {
      return {Kind::unknown, {}, ldap_err2string(error)};
    }
    std::string filter = "(mail=" + ldap_escaped(address.spelled()) + ")";
    std::array<std::string, 2> names = {"userCertificate;binary", "userSMIMECertificate;binary"};
    std::array<char*, 3> wanted = {names[0].data(), names[1].data(), nullptr};
    timeval patience = time_left(deadline);
    LDAPMessage* raw = nullptr;
    error = ldap_search_ext_s(connection.get(), directory_.base.c_str(), LDAP_SCOPE_SUBTREE,
                              filter.c_str(), wanted.data(), 0, nullptr, nullptr, &patience,
                              kMostEntries, &raw);
    const Message entries(raw);
    if (error == LDAP_NO_SUCH_OBJECT) {
      return {Kind::none, {}, ldap_err2string(error)};
    }
    if (error != LDAP_SUCCESS && error != LDAP_SIZELIMIT_EXCEEDED) {
      return {Kind::unknown, {}, ldap_err2string(error)};
    }
    return answer_of(connection.get(), entries.get());
  }

 private:
  static timeval time_left(Deadline deadline) {
    const auto left = std::chrono::duration_cast<std::chrono::microseconds>(
        deadline - std::chrono::steady_clock::now());
    const auto micro = std::max<std::int64_t>(left.count(), 1);
    return {micro / 1'000'000, micro % 1'000'000};
  }

  // Else the library makes room for whatever length the server writes.
  static bool limit_answer(LDAP* connection) {
    Sockbuf* socket = nullptr;
    ber_len_t most = limits::kKeyAnswer;
    return ldap_get_option(connection, LDAP_OPT_SOCKBUF, static_cast<void*>(&socket)) ==
               LDAP_SUCCESS &&
           socket != nullptr && ber_sockbuf_ctrl(socket, LBER_SB_OPT_SET_MAX_INCOMING, &most) == 1;
  }

  Connection connect(Deadline deadline, int& error) const {
    LDAP* raw = nullptr;
    error = ldap_initialize(&raw, directory_.address.c_str());
    Connection connection(raw);
    if (error != LDAP_SUCCESS) {
      return nullptr;
    }
    const int version = LDAP_VERSION3;
    const int demand = LDAP_OPT_X_TLS_DEMAND;
    const int client = 0;
    const timeval patience = time_left(deadline);
    bool set = ldap_set_option(raw, LDAP_OPT_PROTOCOL_VERSION, &version) == LDAP_SUCCESS &&
               ldap_set_option(raw, LDAP_OPT_REFERRALS, LDAP_OPT_OFF) == LDAP_SUCCESS &&
               ldap_set_option(raw, LDAP_OPT_NETWORK_TIMEOUT, &patience) == LDAP_SUCCESS &&
               ldap_set_option(raw, LDAP_OPT_TIMEOUT, &patience) == LDAP_SUCCESS &&
               ldap_set_option(raw, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand) == LDAP_SUCCESS;
    if (set && !ca_file_.empty()) {
      set = ldap_set_option(raw, LDAP_OPT_X_TLS_CACERTFILE, ca_file_.c_str()) == LDAP_SUCCESS;
    }
    set = set && limit_answer(raw);
    set = set && ldap_set_option(raw, LDAP_OPT_X_TLS_NEWCTX, &client) == LDAP_SUCCESS;
    error = set ? LDAP_SUCCESS : LDAP_LOCAL_ERROR;
    if (set && directory_.start_tls) {
      error = ldap_start_tls_s(raw, nullptr, nullptr);
    }
    return error == LDAP_SUCCESS ? std::move(connection) : nullptr;
  }

  static NetAnswer answer_of(LDAP* connection, LDAPMessage* entries) {
    std::string pem;
    std::vector<std::string> bundles;
    for (auto* entry = ldap_first_entry(connection, entries); entry != nullptr;
         entry = ldap_next_entry(connection, entry)) {
      for (const char* name : {"userCertificate;binary", "userCertificate"}) {
        for (const std::string& der : values(connection, entry, name)) {
          add_pem(der, pem);
        }
      }
      for (const char* name : {"userSMIMECertificate;binary", "userSMIMECertificate"}) {
        for (std::string& cms : values(connection, entry, name)) {
          bundles.push_back(std::move(cms));
        }
      }
    }
    if (!pem.empty()) {
      bundles.insert(bundles.begin(), std::move(pem));
    }
    const bool none = bundles.empty();
    return {none ? Kind::none : Kind::found, std::move(bundles),
            none ? "no entry with a certificate" : "found"};
  }

  static std::vector<std::string> values(LDAP* connection, LDAPMessage* entry, const char* name) {
    std::vector<std::string> list;
    berval** found = ldap_get_values_len(connection, entry, name);
    for (berval** each = found; each != nullptr && *each != nullptr; ++each) {
      if ((*each)->bv_len > 0 && (*each)->bv_len <= limits::kKeyBytes &&
          list.size() < static_cast<std::size_t>(kMostEntries)) {
        list.emplace_back((*each)->bv_val, (*each)->bv_len);
      }
    }
    if (found != nullptr) {
      ldap_value_free_len(found);
    }
    return list;
  }

  const Directory directory_;
  const std::string ca_file_;
};

}  // namespace

std::string ldap_escaped(std::string_view value) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@.-_+";
  std::string out;
  for (const char c : value) {
    if (kPlain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      const auto byte = static_cast<std::uint8_t>(c);
      out += "\\" + hex(ByteView(&byte, 1));
    }
  }
  return out;
}

Result<std::vector<std::unique_ptr<KeyServer>>> ldap_servers(
    const std::vector<std::string>& settings, const std::string& ca_file) {
  std::vector<std::unique_ptr<KeyServer>> servers;
  for (const std::string& setting : settings) {
    auto directory = parse_directory(setting);
    if (!directory) {
      return fail(configuration_fault("keys.settings",
                                      "keys.ldap wants a domain, a blank and an ldaps:// or "
                                      "ldap:// URL with a base")
                      .with("value", setting));
    }
    servers.push_back(std::make_unique<LdapDirectory>(std::move(*directory), ca_file));
  }
  return servers;
}

}  // namespace phimilter::protect
