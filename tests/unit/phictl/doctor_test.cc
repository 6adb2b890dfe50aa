// SPDX-License-Identifier: Apache-2.0
#include "phictl/doctor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace phimilter::phictl {
namespace {

// Lines as m4 makes them from contrib/sendmail/phimilter.mc.
constexpr std::string_view kSendmail =
    "O AliasFile=/etc/mail/aliases\n"
    "O DaemonPortOptions=Name=OUTBOUND, Addr=127.0.0.1, Port=10025, InputMailFilters=phimilter\n"
    "O DaemonPortOptions=Name=REENTRY, Addr=127.0.0.1, Port=10026, InputMailFilters=, M=\n"
    "O DaemonPortOptions=Name=SECURE, Addr=127.0.0.1, Port=10027, InputMailFilters=, M=\n"
    "Xphimilter, S=unix:/run/phimilter/milter.sock, F=T, T=C:10s;S:30s;R:120s;E:10m\n"
    "RSECURE\t\t\t$@ $>\"TLS_connection\" $&{verify} $| <TEMP+VERIFY:112+CN>\n";

Settings settings() {
  Settings out = default_settings();
  out.reentry_secure_listener = "inet:127.0.0.1:10027";
  out.organisation_domains = {"clinic.example"};
  return out;
}

std::vector<std::string> about(const Examination& seen, Health health) {
  std::vector<std::string> out;
  for (const Observation& each : seen.observations()) {
    if (each.health == health) {
      out.push_back(each.about);
    }
  }
  return out;
}

TEST(DoctorOfSendmail, FindsTheShippedLinesInOrder) {
  Examination seen;
  examine_sendmail("sendmail.cf", std::string(kSendmail), settings(), seen);
  EXPECT_EQ(about(seen, Health::problem), std::vector<std::string>());
  EXPECT_EQ(about(seen, Health::unknown), std::vector<std::string>{"sendmail.aliases"});
}

TEST(DoctorOfSendmail, FindsEachAilment) {
  struct Case {
    std::string from, to, about;
  };
  const Case cases[] = {
      {"F=T", "F=R", "sendmail.default_action"},
      {", F=T,", ",", "sendmail.default_action"},
      {"R:120s", "R:10s", "sendmail.timeouts"},
      {"E:10m", "E:5m", "sendmail.timeouts"},
      {"Port=10025, InputMailFilters=phimilter",
       "Port=10025, InputMailFilters=", "sendmail.filtered"},
      {"InputMailFilters=phimilter", "InputMailFilters=phimilter;opendkim", "sendmail.order"},
      {"Port=10026, InputMailFilters=", "Port=10026, InputMailFilters=phimilter",
       "sendmail.reentry"},
      {"Name=REENTRY, Addr=127.0.0.1,", "Name=REENTRY,", "sendmail.reentry"},
      {"Port=10027", "Port=10028", "sendmail.secure"},
      {"VERIFY:112+CN", "VERIFY:112", "sendmail.secure"},
      {"S=unix:/run/phimilter/milter.sock", "S=unix:/run/other.sock", "sendmail.filtered"},
  };
  for (const Case& each : cases) {
    std::string text(kSendmail);
    text.replace(text.find(each.from), each.from.size(), each.to);
    Examination seen;
    examine_sendmail("sendmail.cf", text, settings(), seen);
    const auto problems = about(seen, Health::problem);
    EXPECT_NE(std::find(problems.begin(), problems.end(), each.about), problems.end())
        << each.from << " -> " << each.to;
  }
}

TEST(DoctorOfPostfix, LooksForTheFiltersTableAmongAllThatAreAsked) {
  Settings with_table = settings();
  with_table.tls_policy_socket = "unix:/run/phimilter/tls.sock";
  const std::string ours = "socketmap:unix:/run/phimilter/tls.sock:tls";
  struct Case {
    std::string maps;
    Health health;
  };
  const Case cases[] = {
      {ours, Health::good},
      {"hash:/etc/postfix/tls, " + ours, Health::good},
      {ours + ", socketmap:unix:/run/other.sock:QUERY", Health::good},
      {"socketmap:unix:/run/other.sock:QUERY " + ours, Health::good},
      {"socketmap:unix:/run/other.sock:QUERY", Health::problem},
      {"", Health::problem},
  };
  for (const Case& each : cases) {
    Examination seen;
    const auto postfix =
        PostfixConfig::parse("/etc/postfix-secure", "smtp_tls_policy_maps = " + each.maps + "\n",
                             "127.0.0.1:10027 inet n - n - - smtpd\n", "");
    examine_secure_postfix({postfix}, with_table, seen);
    const auto found = about(seen, each.health);
    EXPECT_NE(std::find(found.begin(), found.end(), "postfix.tls_table"), found.end()) << each.maps;
  }
}

TEST(DoctorOfKeys, TellsWhatExpiresAndWhatWaits) {
  Settings with_keys = settings();
  with_keys.pgp_home = "/nowhere";
  const std::string list = R"([
    {"kind":"pgp","state":"valid","addresses":["a@b.example"],"fingerprint":"AA","expires":"2026-12-01T00:00:00Z"},
    {"kind":"pgp","state":"valid","addresses":["c@d.example"],"fingerprint":"BB","expires":"2028-01-01T00:00:00Z"},
    {"kind":"pgp","state":"valid","addresses":["e@f.example"],"fingerprint":"CC","expires":null},
    {"kind":"smime","state":"pending","addresses":["g@h.example"],"fingerprint":"DD","expires":null},
    {"kind":"pgp","state":"expired","addresses":["i@j.example"],"fingerprint":"EE","expires":"2020-01-01T00:00:00Z"}])";
  Examination seen;
  examine_expiry(with_keys, list, *parse_rfc3339("2026-11-22T00:00:00Z"), 30, seen);
  const std::vector<std::string> expected{"expiry.recipients", "keys.pending"};
  EXPECT_EQ(about(seen, Health::problem), expected);
  EXPECT_NE(seen.observations()[0].what.find("a@b.example"), std::string::npos);
  EXPECT_NE(seen.observations()[1].advice.find("DD"), std::string::npos);
}

TEST(DoctorOfKeys, TellsWhetherTheOrganisationsKeySigns) {
  Settings with_keys = settings();
  with_keys.pgp_home = "/nowhere";
  struct Case {
    std::string fields;
    Health health;
  };
  const Case cases[] = {
      {R"("state":"valid","expires":null)", Health::good},
      {R"("state":"valid","expires":"2028-01-01T00:00:00Z")", Health::good},
      {R"("state":"valid","expires":"2026-12-01T00:00:00Z")", Health::problem},
      {R"("state":"unusable","expires":null)", Health::problem},
  };
  for (const Case& each : cases) {
    Examination seen;
    examine_expiry(with_keys, R"([{"kind":"pgp-signing","fingerprint":"AA",)" + each.fields + "}]",
                   *parse_rfc3339("2026-11-22T00:00:00Z"), 30, seen);
    const auto found = about(seen, each.health);
    EXPECT_NE(std::find(found.begin(), found.end(), "pgp.sign_key"), found.end()) << each.fields;
  }
}

TEST(DoctorOfKeys, AListThatCannotBeReadIsNoGoodNews) {
  Settings with_keys = settings();
  with_keys.pgp_home = "/nowhere";
  for (const char* text : {"", "{}", "[", "error"}) {
    Examination seen;
    examine_expiry(with_keys, text, Timestamp{}, 30, seen);
    EXPECT_EQ(seen.count(Health::unknown), 1U) << text;
  }
}

TEST(DoctorsReport, PutsProblemsFirstAndCountsThem) {
  Examination seen;
  seen.good("a", "fine");
  seen.problem("b", "broken", "mend it");
  seen.unknown("c", "nobody knows", "look");
  std::ostringstream out;
  write_report(out, {Timestamp{}, "mx.clinic.example", "/etc/phimilter/phimilter.toml"}, seen);
  const std::string said = out.str();
  EXPECT_LT(said.find("broken"), said.find("nobody knows"));
  EXPECT_LT(said.find("nobody knows"), said.find("fine"));
  EXPECT_NE(said.find("-> mend it"), std::string::npos);
  EXPECT_NE(said.find("1 problem, 1 could not be told, 1 in order"), std::string::npos);
}

}  // namespace
}  // namespace phimilter::phictl
