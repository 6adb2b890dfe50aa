// SPDX-License-Identifier: Apache-2.0
//
// Records for the tests of this room, invented.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "audit/journal.h"
#include "audit/record.h"

namespace phimilter::audit::test {

inline Timestamp at(const char* time) {
  auto parsed = parse_rfc3339(time);
  EXPECT_TRUE(parsed.has_value());
  return parsed.value_or(Timestamp());
}

inline std::string fault_of(const Status& status) {
  return status ? std::string() : status.error().describe();
}
template <typename T>
std::string fault_of(const Result<T>& result) {
  return result ? std::string() : result.error().describe();
}

inline Record lab_result() {
  Record record;
  record.event = Event::intended;
  record.queue_id = "4Yb1xJ2zPQ";
  record.digest = std::string(64, 'd');
  record.instance = "1763716113123456";
  record.sender = "lab@clinic.example";
  record.login = "lab";
  record.client = "192.0.2.7";
  record.listener = "smtpd";
  RecipientRecord doctor;
  doctor.address = "dr.lee@practice.example";
  doctor.method = "pgp";
  doctor.token = std::string(64, '1');
  doctor.reasons = {"rule:lab-result", "key:valid"};
  doctor.algorithms = {"AES256", "RSA3072"};
  doctor.key = std::string(40, 'a');
  RecipientRecord patient;
  patient.address = "pat@example.org";
  patient.method = "portal";
  patient.token = std::string(64, '2');
  patient.reasons = {"rule:lab-result", "key:none"};
  patient.algorithms = {"AES-256-GCM", "X25519"};
  patient.escrow_id = std::string(32, 'e');
  record.recipients = {doctor, patient};
  record.rules = {"lab-result"};
  record.findings = {{"health.test", 3}, {"id.mrn", 1}};
  record.scope = "phi";
  record.policy_version = "hipaa 1";
  record.size = 20'480;
  record.route = "re-entry";
  return record;
}

inline Record numbered(std::size_t number) {
  Record record;
  record.queue_id = "q" + std::to_string(number);
  record.sender = "lab@clinic.example";
  return record;
}

}  // namespace phimilter::audit::test
