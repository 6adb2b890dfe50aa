// SPDX-License-Identifier: Apache-2.0
//
// DANE and MTA-STS over a DNS and web of this test.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <mutex>

#include "base/encoding.h"
#include "protect/dane.h"
#include "protect/sts_policies.h"
#include "protect/tls_facts.h"

namespace phimilter::protect {
namespace {

using policy::TlsState;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Deadline kSoon = std::chrono::steady_clock::now() + std::chrono::hours(1);

// "mx.a.example" as in a record (RFC 1035 3.1).
std::string wire_name(std::string_view name) {
  std::string out;
  for (const std::string_view label : split(name, '.')) {
    out += static_cast<char>(label.size());
    out += label;
  }
  return out + '\0';
}

std::string mx(std::string_view host, char preference = 10) {
  return std::string(1, '\0') + preference + (host == "." ? std::string(1, '\0') : wire_name(host));
}

std::string txt(std::string_view text) {
  return std::string(1, static_cast<char>(text.size())) + std::string(text);
}

std::string tlsa(char usage, char selector, char matching, std::size_t bytes) {
  return std::string{usage, selector, matching} + std::string(bytes, 'x');
}

DnsAnswer secure(std::vector<std::string> data) {
  return {DnsState::found, true, std::move(data)};
}
DnsAnswer plain(std::vector<std::string> data) {
  return {DnsState::found, false, std::move(data)};
}
const DnsAnswer kDenied{DnsState::none, true, {}};
const DnsAnswer kUnknown{};

struct FakeDns final : Dns {
  DnsAnswer query(const std::string& name, DnsType type, Deadline /*deadline*/) override {
    const std::lock_guard lock(mutex);
    asked.push_back(name);
    const auto found = zone.find({name, type});
    return found == zone.end() ? DnsAnswer{DnsState::none, false, {}} : found->second;
  }
  std::mutex mutex;
  std::map<std::pair<std::string, DnsType>, DnsAnswer> zone;
  std::vector<std::string> asked;
};

struct FakeFiles final : HttpsFiles {
  HttpsFile get(const std::string& host, const std::string& path,
                const std::vector<std::string>& addresses, Deadline /*deadline*/) override {
    fetched.push_back(host + path + "@" + (addresses.empty() ? "" : addresses.front()));
    return file;
  }
  HttpsFile file{HttpsFile::State::found,
                 "version: STSv1\nmode: enforce\nmx: *.hoster.example\nmax_age: 86400\n"};
  std::vector<std::string> fetched;
};

std::string four(const char* bytes) {
  return {bytes, 4};
}

class Dane : public ::testing::Test {
 protected:
  Dane() {
    dns_.zone[{"a.example", DnsType::mx}] = secure({mx("mx.a.example")});
    dns_.zone[{"mx.a.example", DnsType::a}] = secure({four("\x7f\0\0\x01")});
    dns_.zone[{"_25._tcp.mx.a.example", DnsType::tlsa}] = secure({tlsa(3, 1, 1, 32)});
  }
  TlsState state() { return dane_state(dns_, "a.example", kSoon); }
  FakeDns dns_;
};

TEST_F(Dane, ASecureChainOfAnswersProves) {
  EXPECT_EQ(state(), TlsState::proved);
}

TEST_F(Dane, EveryLinkMustBeSecure) {
  for (const auto& key : {std::pair<std::string, DnsType>{"a.example", DnsType::mx},
                          {"mx.a.example", DnsType::a},
                          {"_25._tcp.mx.a.example", DnsType::tlsa}}) {
    const DnsAnswer before = dns_.zone[key];
    dns_.zone[key].secure = false;
    EXPECT_EQ(state(), TlsState::not_proved) << key.first;
    dns_.zone[key] = kUnknown;
    EXPECT_NE(state(), TlsState::proved) << key.first;
    dns_.zone[key] = kDenied;
    EXPECT_NE(state(), TlsState::proved) << key.first;
    dns_.zone[key] = before;
  }
  dns_.zone[{"_25._tcp.mx.a.example", DnsType::tlsa}] = kUnknown;
  EXPECT_EQ(state(), TlsState::unknown);
  dns_.zone[{"a.example", DnsType::mx}] = kUnknown;
  EXPECT_EQ(state(), TlsState::unknown);
}

TEST_F(Dane, ADomainWithoutMxIsItsOwnHost) {
  dns_.zone[{"a.example", DnsType::mx}] = kDenied;
  dns_.zone[{"a.example", DnsType::aaaa}] = secure({std::string(16, '\x01')});
  dns_.zone[{"_25._tcp.a.example", DnsType::tlsa}] = secure({tlsa(2, 0, 2, 64)});
  EXPECT_EQ(state(), TlsState::proved);
  dns_.zone[{"a.example", DnsType::mx}] = secure({mx(".")});  // RFC 7505
  EXPECT_EQ(state(), TlsState::not_proved);
}

TEST_F(Dane, TheSecondHostIsEnough) {
  dns_.zone[{"a.example", DnsType::mx}] = secure({mx("old.a.example", 5), mx("mx.a.example", 10)});
  EXPECT_EQ(state(), TlsState::proved);
}

TEST(Tlsa, UsableOnes) {
  struct Case {
    std::string data;
    bool usable;
  };
  for (const Case& one :
       {Case{tlsa(3, 1, 1, 32), true}, Case{tlsa(2, 0, 1, 32), true}, Case{tlsa(3, 0, 2, 64), true},
        Case{tlsa(3, 0, 0, 900), true}, Case{tlsa(0, 0, 1, 32), false},
        Case{tlsa(1, 1, 1, 32), false},  // PKIX usages are not for mail (RFC 7672 3.1.3)
        Case{tlsa(4, 1, 1, 32), false}, Case{tlsa(3, 2, 1, 32), false},
        Case{tlsa(3, 1, 3, 32), false}, Case{tlsa(3, 1, 1, 31), false},
        Case{tlsa(3, 1, 2, 32), false}, Case{tlsa(3, 1, 0, 0), false}, Case{"", false}}) {
    EXPECT_EQ(usable_tlsa(one.data), one.usable) << hex(as_bytes(one.data));
  }
}

class Sts : public ::testing::Test {
 protected:
  Sts() {
    dns_.zone[{"_mta-sts.b.example", DnsType::txt}] = plain({txt("v=STSv1; id=1")});
    dns_.zone[{"mta-sts.b.example", DnsType::a}] = plain({four("\x7f\0\0\x02")});
    dns_.zone[{"b.example", DnsType::mx}] = plain({mx("mx.hoster.example")});
  }
  TlsDemand demand() { return policies_.demand("b.example", kSoon); }
  void id(const char* text) {
    dns_.zone[{"_mta-sts.b.example", DnsType::txt}] = plain({txt(text)});
  }
  FakeDns dns_;
  FakeFiles files_;
  StsPolicies policies_{dns_, files_};
};

TEST_F(Sts, AnEnforcedPolicyProvesAndNamesTheHosts) {
  const TlsDemand found = demand();
  EXPECT_EQ(found.state, TlsState::proved);
  EXPECT_EQ(found.source, "mta-sts");
  EXPECT_THAT(found.hosts, ElementsAre("*.hoster.example"));
  EXPECT_THAT(files_.fetched, ElementsAre("mta-sts.b.example/.well-known/mta-sts.txt@127.0.0.2"));
}

TEST_F(Sts, FetchedAgainOnlyForANewId) {
  demand();
  demand();
  EXPECT_EQ(files_.fetched.size(), 1U);
  id("v=STSv1; id=2");
  files_.file.text = "version: STSv1\nmode: none\nmax_age: 86400\n";
  EXPECT_EQ(demand().state, TlsState::not_proved);
  EXPECT_EQ(files_.fetched.size(), 2U);
}

TEST_F(Sts, WhatWasFetchedHoldsWhenRecordOrHostAreGone) {
  demand();
  dns_.zone.erase({"_mta-sts.b.example", DnsType::txt});
  EXPECT_EQ(demand().state, TlsState::proved);
  dns_.zone[{"_mta-sts.b.example", DnsType::txt}] = kUnknown;
  EXPECT_EQ(demand().state, TlsState::proved);
  id("v=STSv1; id=3");
  files_.file = {};
  EXPECT_EQ(demand().state, TlsState::proved);
}

TEST_F(Sts, AgeZeroIsNotKept) {
  files_.file.text = "version: STSv1\nmode: enforce\nmx: *.hoster.example\nmax_age: 0\n";
  EXPECT_EQ(demand().state, TlsState::proved);
  demand();
  EXPECT_EQ(files_.fetched.size(), 2U);
}

TEST_F(Sts, WithoutRecordNothingIsFetched) {
  dns_.zone.erase({"_mta-sts.b.example", DnsType::txt});
  EXPECT_EQ(demand().state, TlsState::not_proved);
  EXPECT_THAT(files_.fetched, IsEmpty());
  dns_.zone[{"_mta-sts.b.example", DnsType::txt}] = kUnknown;
  EXPECT_EQ(demand().state, TlsState::unknown);
}

TEST_F(Sts, APolicyThatCannotBeHadIsUnknown) {
  for (const HttpsFile& file : {HttpsFile{}, HttpsFile{HttpsFile::State::none, ""},
                                HttpsFile{HttpsFile::State::found, "<html>"}}) {
    files_.file = file;
    EXPECT_EQ(demand().state, TlsState::unknown);
  }
  dns_.zone.erase({"mta-sts.b.example", DnsType::a});
  EXPECT_EQ(demand().state, TlsState::unknown);
}

TEST_F(Sts, TestingAndStrangeHostsProveNothing) {
  files_.file.text = "version: STSv1\nmode: testing\nmx: *.hoster.example\nmax_age: 86400\n";
  EXPECT_EQ(demand().state, TlsState::not_proved);
  id("v=STSv1; id=9");
  files_.file.text = "version: STSv1\nmode: enforce\nmx: mx.other.example\nmax_age: 86400\n";
  EXPECT_EQ(demand().state, TlsState::not_proved);
}

TEST(TlsLookups, DaneGoesBeforeMtaStsAndBothAreRemembered) {
  auto dns = std::make_unique<FakeDns>();
  FakeDns& asked = *dns;
  dns->zone[{"a.example", DnsType::mx}] = secure({mx("mx.a.example")});
  dns->zone[{"mx.a.example", DnsType::a}] = secure({four("\x7f\0\0\x01")});
  dns->zone[{"_25._tcp.mx.a.example", DnsType::tlsa}] = secure({tlsa(3, 1, 1, 32)});
  dns->zone[{"_mta-sts.a.example", DnsType::txt}] = plain({txt("v=STSv1; id=1")});
  const auto facts =
      looked_up_tls_facts({true, true, 60'000}, std::move(dns), std::make_unique<FakeFiles>());
  EXPECT_EQ(facts->demand("A.Example").source, "dane");
  const std::size_t questions = asked.asked.size();
  EXPECT_EQ(facts->find("a.example").state, TlsState::proved);
  EXPECT_EQ(asked.asked.size(), questions);
  EXPECT_EQ(facts->find("nothing.example").state, TlsState::not_proved);
  EXPECT_EQ(facts->find("not a host").state, TlsState::not_proved);
}

TEST(TlsLookups, WhatCannotBeToldIsUnknown) {
  auto dns = std::make_unique<FakeDns>();
  dns->zone[{"a.example", DnsType::mx}] = kUnknown;
  const auto facts =
      looked_up_tls_facts({true, true, 60'000}, std::move(dns), std::make_unique<FakeFiles>());
  EXPECT_EQ(facts->find("a.example").state, TlsState::unknown);
}

// Answers nothing before it is told to.
struct SlowDns final : Dns {
  DnsAnswer query(const std::string&, DnsType, Deadline) override {
    std::unique_lock lock(mutex);
    told.wait(lock, [this] { return go; });
    return {};
  }
  std::mutex mutex;
  std::condition_variable told;
  bool go = false;
};

TEST(TlsLookups, NobodyWaitsPastTheDeadline) {
  auto dns = std::make_unique<SlowDns>();
  SlowDns& slow = *dns;
  const auto facts =
      looked_up_tls_facts({true, false, 10}, std::move(dns), std::make_unique<FakeFiles>());
  for (const char* domain : {"a.example", "b.example", "c.example", "d.example", "e.example"}) {
    EXPECT_EQ(facts->find(domain).state, TlsState::unknown);
  }
  {
    const std::lock_guard lock(slow.mutex);
    slow.go = true;
  }
  slow.told.notify_all();
}

TEST(TlsLookups, ConfiguredDomainsAreProvedAndDemandWhatTheySay) {
  auto dns = std::make_unique<FakeDns>();
  dns->zone[{"a.example", DnsType::mx}] = kUnknown;
  dns->zone[{"b.example", DnsType::mx}] = secure({mx("mx.b.example")});
  dns->zone[{"mx.b.example", DnsType::a}] = secure({four("\x7f\0\0\x01")});
  dns->zone[{"_25._tcp.mx.b.example", DnsType::tlsa}] = secure({tlsa(3, 1, 1, 32)});
  const auto facts = all_tls_facts(
      configured_tls_facts({"a.example", "b.example"}),
      looked_up_tls_facts({true, false, 60'000}, std::move(dns), std::make_unique<FakeFiles>()));
  EXPECT_EQ(facts->find("a.example").source, "configured");
  EXPECT_EQ(facts->demand("a.example").source, "configured");
  EXPECT_EQ(facts->find("b.example").source, "configured");
  EXPECT_EQ(facts->demand("b.example").source, "dane");
}

TEST(DnsRecords, NamesThatAreNoneAreLeftOut) {
  DnsAnswer answer = plain({mx("b.example", 20), mx("A.example", 10), mx("."), "", "\0\x0a",
                            std::string("\0\x0a\x05"
                                        "abc\0",
                                        7),
                            std::string("\0\x0a\x03"
                                        "a b\0",
                                        7),
                            mx("a.example", 10) + "x", std::string("\0\x0a\xc0\x0c", 4)});
  std::vector<std::string> names;
  for (const MailHost& host : mail_hosts(answer)) {
    names.push_back(host.name);
  }
  EXPECT_THAT(names, ElementsAre("", "a.example", "b.example"));
  EXPECT_EQ(text_of(txt("v=STSv1; ") + txt("id=1")), "v=STSv1; id=1");
  EXPECT_EQ(text_of(std::string("\x09short", 6)), "short");
}

}  // namespace
}  // namespace phimilter::protect
