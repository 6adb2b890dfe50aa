// SPDX-License-Identifier: Apache-2.0
#include "protect/tls_facts.h"

#include <gtest/gtest.h>

namespace phimilter::protect {
namespace {

TEST(TlsFacts, ConfiguredDomainsAndNoOthers) {
  struct Case {
    std::string domain;
    policy::TlsState state;
  };
  const Case cases[] = {
      {"hospital.example", policy::TlsState::proved},
      {"HOSPITAL.example", policy::TlsState::proved},
      {"sub.hospital.example", policy::TlsState::not_proved},
      {"evilhospital.example", policy::TlsState::not_proved},
      {"hospital.example.evil", policy::TlsState::not_proved},
      {"ward.group.example", policy::TlsState::proved},
      {"a.ward.group.example", policy::TlsState::proved},
      {"notgroup.example", policy::TlsState::not_proved},
      {"", policy::TlsState::not_proved},
  };
  const auto facts = configured_tls_facts({" Hospital.Example", ".group.example"});
  for (const auto& each : cases) {
    EXPECT_EQ(facts->find(each.domain).state, each.state) << each.domain;
  }
}

TEST(TlsFacts, NothingConfiguredMeansNothingRequired) {
  EXPECT_EQ(configured_tls_facts({})->find("hospital.example").state, policy::TlsState::not_proved);
}

}  // namespace
}  // namespace phimilter::protect
