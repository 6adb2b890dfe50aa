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
      {"hospital.example", policy::TlsState::required},
      {"HOSPITAL.example", policy::TlsState::required},
      {"sub.hospital.example", policy::TlsState::not_required},
      {"evilhospital.example", policy::TlsState::not_required},
      {"hospital.example.evil", policy::TlsState::not_required},
      {"ward.group.example", policy::TlsState::required},
      {"a.ward.group.example", policy::TlsState::required},
      {"notgroup.example", policy::TlsState::not_required},
      {"", policy::TlsState::not_required},
  };
  const auto facts = configured_tls_facts({" Hospital.Example", ".group.example"});
  for (const auto& each : cases) {
    EXPECT_EQ(facts->find(each.domain), each.state) << each.domain;
  }
}

TEST(TlsFacts, NothingConfiguredMeansNothingRequired) {
  EXPECT_EQ(configured_tls_facts({})->find("hospital.example"), policy::TlsState::not_required);
}

}  // namespace
}  // namespace phimilter::protect
