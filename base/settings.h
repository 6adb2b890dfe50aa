// SPDX-License-Identifier: Apache-2.0
//
// Everything an admin can set, from one table: name, type, default, limits, help and where the
// value goes. The parser, the defaults, `phictl check` and `phictl settings` are all made from that
// table.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/brand.h"
#include "base/result.h"

namespace phimilter {

// One file serves all programs; each reads what is its own. Paths are absolute. Sockets are written
// "unix:/path" or "inet:address:port". An empty text means: not used.
struct Settings {
  // [organisation]
  std::string organisation_name;
  std::string organisation_phone;
  std::vector<std::string> organisation_domains;  // mail to these stays inside and is not protected
  std::string organisation_colour;
  std::string organisation_footer;
  std::string organisation_logo;
  std::string organisation_time_zone;

  // [brand."lab.example"]: what differs for senders of a domain; see brand_of()
  std::vector<Brand> brands;

  // [milter]
  std::string milter_socket;
  std::string milter_socket_group;
  std::string milter_spool;
  std::vector<std::string> milter_trusted_clients;  // addresses or CIDR blocks
  std::vector<std::string> milter_trusted_logins;
  std::string milter_proof_header;  // base name: X-Phi-Proof
  std::vector<std::string> milter_volatile_headers;
  std::vector<std::string> milter_reentry_listeners;  // {daemon_name}s that must never be filtered
  std::vector<std::string> milter_learn_listeners;    // {daemon_name}s of mail that comes in

  // [mta]
  std::vector<std::string> mta_alias_maps;
  std::string mta_postmap;
  std::string mta_makemap;
  std::string mta_recipient_delimiter;

  // [reentry]
  std::string reentry_listener;
  std::string reentry_secure_listener;
  bool reentry_always = false;

  // [extract]
  std::string extract_program;
  std::int64_t extract_workers = 0;
  std::int64_t extract_timeout_ms = 0;
  bool extract_ocr = false;
  std::string extract_ocr_languages;
  std::int64_t extract_ocr_pages = 0;
  std::int64_t extract_ocr_seconds = 0;

  // [policy]
  std::vector<std::string> policy_files;

  // [pgp]
  std::string pgp_home;
  std::string pgp_program;
  std::string pgp_sign_key;
  std::int64_t pgp_brokers = 0;

  // [smime]
  std::string smime_certificates;
  std::string smime_ca_file;
  std::string smime_sign_certificate;
  std::string smime_sign_key;
  std::vector<std::string> smime_gcm_recipients;
  std::vector<std::string> smime_oaep_recipients;
  std::string smime_crl_folder;
  std::string smime_stale_crl;
  std::string smime_missing_crl;
  std::string smime_compare;

  // [keys]
  std::string keys_folder;
  std::vector<std::string> keys_trust;     // "wkd", "learned:hospital.example"
  std::vector<std::string> keys_partners;  // "hospital.example:FINGERPRINT"
  std::vector<std::string> keys_wkd;       // domains; "*": all
  std::string keys_wkd_ca_file;
  std::vector<std::string> keys_ldap;  // "hospital.example ldaps://host/base"
  std::string keys_ldap_ca_file;
  std::int64_t keys_lookup_ms = 0;

  // [tls]
  std::vector<std::string> tls_domains;
  bool tls_dane = false;
  bool tls_mta_sts = false;
  std::string tls_policy_socket;
  std::string tls_resolver;
  std::string tls_trust_anchor;
  std::string tls_ca_file;
  std::int64_t tls_timeout_ms = 0;

  // [escrow]
  std::string escrow_folder;
  std::string escrow_public_key;
  std::string escrow_link_key;
  std::int64_t escrow_expiry_days = 0;
  std::int64_t escrow_retention_days = 0;
  bool escrow_bind_to_link = false;
  std::string escrow_recovery_key;

  // [hold]
  bool hold_tell_sender = true;
  std::int64_t hold_expiry_days = 0;
  std::int64_t hold_tries = 0;
  std::int64_t hold_minutes = 0;
  std::string hold_listener;
  bool hold_clear = false;

  // [batch]
  std::string batch_folder;
  std::int64_t batch_window_days = 0;
  std::int64_t batch_quiet_minutes = 0;

  // [portal]
  std::string portal_url;
  std::string portal_https;
  std::string portal_certificate;
  std::string portal_certificate_key;
  std::string portal_http;
  std::string portal_private_key;
  std::string portal_pepper;
  std::string portal_state;
  std::string portal_submission;
  std::string portal_sender;
  std::int64_t portal_session_minutes = 0;
  std::int64_t portal_session_hours = 0;
  std::string portal_two_proofs;
  bool portal_accounts = true;
  bool portal_account_for_question = false;
  std::int64_t portal_passphrase_length = 0;
  std::string portal_breached_passphrases;
  std::string portal_redis;
  std::int64_t portal_tries_per_recipient = 0;
  std::int64_t portal_tries_per_network = 0;
  std::int64_t portal_network_v4_bits = 0;
  std::int64_t portal_network_v6_bits = 0;
  std::vector<std::string> portal_proxies;
  std::int64_t portal_reply_mb = 0;
  bool portal_reply_all = false;
  bool portal_forward = false;
  std::string portal_api_listen;
  bool portal_api_send = false;

  // [tracking]
  std::string tracking_receipts;
  std::int64_t tracking_remind_days = 0;
  std::int64_t tracking_tell_days = 0;
  std::int64_t tracking_expiry_days = 0;
  bool tracking_sender_page = true;

  // [audit]
  std::string audit_journal;
  std::string audit_portal_journal;
  std::string audit_phictl_journal;
  std::string audit_redis;
  std::string audit_stream;

  // [log]
  std::string log_level;
  std::string log_target;
};

struct Setting {
  enum class Check { none, absolute_path, socket, domains, choice, url, folder, colour, time_zone };
  using Place = std::variant<std::string Settings::*, std::int64_t Settings::*, bool Settings::*,
                             std::vector<std::string> Settings::*>;

  std::string_view section;
  std::string_view name;
  Place place;
  std::string_view default_value;  // as it would stand in the file, without quotes; lists empty
  Check check = Check::none;
  std::string_view limits;  // "1..64" for numbers, "a|b" for choices
  std::string_view help;    // one or two sentences
};

std::span<const Setting> settings_table();
Settings default_settings();

// Configuration fault with file, line and, for an unknown name, the nearest known one.
Result<Settings> parse_settings(std::string_view content, const std::string& file_name);
Result<Settings> load_settings(const std::string& path);

// The reference as a TOML file in which every setting stands, commented out, with its help.
std::string settings_reference();

inline constexpr std::string_view kDefaultSettingsFile = "/etc/phimilter/phimilter.toml";

}  // namespace phimilter
