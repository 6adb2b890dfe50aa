// SPDX-License-Identifier: Apache-2.0
#include "portal/code_mail.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "portal/run_tool.h"

namespace phimilter::portal {
namespace {

nlohmann::json read_by_python(const CodeMail& mail) {
  const TempFolder folder;
  const std::string message = folder.write("mail.eml", mail.headers.text() + "\r\n" + mail.body);
  const std::string script = folder.write("read.py", R"(
import email, email.policy, json, sys
m = email.message_from_binary_file(open(sys.argv[1], 'rb'), policy=email.policy.default)
json.dump({'from': m['From'].addresses[0].addr_spec, 'to': [a.addr_spec for a in m['To'].addresses],
           'subject': m['Subject'], 'auto': m['Auto-Submitted'], 'suppress': m['X-Auto-Response-Suppress'],
           'date': m['Date'].datetime.isoformat(), 'text': m.get_content(), 'id': m['Message-ID'],
           'names': sorted(m.keys())}, sys.stdout)
)");
  const ToolResult result = run_tool("python3 " + script + " " + message);
  EXPECT_EQ(result.status, 0);
  return nlohmann::json::parse(result.output);
}

TEST(CodeMail, SaysTheCodeTheReferenceAndWhomToCall) {
  const auto languages = load_languages();
  ASSERT_TRUE(languages.has_value());
  for (const Texts* texts : {&languages->english, &languages->spanish}) {
    CodeMailFacts facts;
    facts.organisation_name = "Clínica Ñandú";
    facts.organisation_phone = "+1 555 010 0199";
    facts.from = "no-reply@clinic.example";
    facts.recipient = "pat@example.org";
    facts.reference = "YYC4-NYAD";
    facts.code = "01234567";
    facts.now = *parse_rfc3339("2026-11-21T12:00:00.000000Z");
    const auto seen = read_by_python(code_mail(facts, *texts));
    EXPECT_EQ(seen["from"], "no-reply@clinic.example");
    EXPECT_EQ(seen["to"], nlohmann::json::array({"pat@example.org"}));
    EXPECT_EQ(seen["auto"], "auto-generated");
    EXPECT_EQ(seen["suppress"], "All");
    EXPECT_EQ(seen["date"], "2026-11-21T12:00:00+00:00");
    EXPECT_TRUE(seen["id"].get<std::string>().ends_with("@clinic.example>"));
    const std::string subject = seen["subject"];
    EXPECT_NE(subject.find("Clínica Ñandú"), std::string::npos);
    EXPECT_EQ(subject.find("0123"), std::string::npos) << "a lock screen shows the subject";
    const std::string text = seen["text"];
    for (const char* expected :
         {"0123 4567", "YYC4-NYAD", "Clínica Ñandú", "+1 555 010 0199", "15"}) {
      EXPECT_NE(text.find(expected), std::string::npos) << expected;
    }
  }
}

}  // namespace
}  // namespace phimilter::portal
