// SPDX-License-Identifier: Apache-2.0
//
// The accepted cases are real messages in pgp_mime_test, smime_test and portal_notice_test; here is
// what must not pass.
#include "protect/exposure_check.h"

#include <gtest/gtest.h>

#include "messages.h"
#include "support.h"

namespace phimilter::protect {
namespace {

constexpr std::string_view kHead =
    "From: \"Clinic Lab\" <lab@clinic.example>\nSubject: [...]\nMIME-Version: 1.0\n";
// EnvelopedData of `openssl cms -encrypt -stream -aes256 -outform PEM`, OpenSSL 3.0: the first
// bytes, which is what the form is told by.
constexpr std::string_view kSmimeHead =
    "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=\"smime.p7m\"\n\n";
constexpr std::string_view kSmimeBody =
    "MIAGCSqGSIb3DQEHA6CAMIACAQAxggFXMIIBUwIBADA7MCMxITAfBgNVBAMMGERl\n";
constexpr std::string_view kNoticeHead = "Content-Type: multipart/alternative; boundary=\"b\"\n\n";

struct Case {
  std::string name;
  ProtectedForm form;
  std::string text;
  std::string fault;  // empty: passes
};

std::string with(std::string_view fields, std::string_view head, std::string_view body) {
  return std::string(kHead) + std::string(fields) + std::string(head) + std::string(body);
}

std::string notice(const std::string& text, const std::string& html) {
  return with("", kNoticeHead,
              "--b\nContent-Type: text/plain\n\n" + text + "\n--b\nContent-Type: text/html\n\n" +
                  html + "\n--b--\n");
}

std::vector<Case> cases() {
  const auto smime = ProtectedForm::smime;
  const auto form = std::string("protect.form");
  const auto exposed = std::string("protect.exposed");
  return {
      {"smime as it should be", smime, with("", kSmimeHead, kSmimeBody), ""},
      {"a new Received and Message-ID", smime,
       with("Received: by gw; now\nMessage-ID: <token@gw>\n", kSmimeHead, kSmimeBody), ""},
      {"clear text in an S/MIME dress", smime, with("", kSmimeHead, "Dear Maria Gomez\n"), form},
      {"clear text behind", smime, with("", kSmimeHead, std::string(kSmimeBody) + "Dear Maria\n"),
       form},
      {"signed only", smime,
       with("", kSmimeHead, "MIAGCSqGSIb3DQEHAqCAMIACAQExDzANBglghkgBZQMEAgEFADCABgkqhkiG9w0B\n"),
       form},
      {"empty", smime, with("", kSmimeHead, ""), form},
      {"another type", smime, with("", "Content-Type: text/plain\n\n", kSmimeBody), form},
      {"no type", smime, with("", "\n", kSmimeBody), form},
      {"two types", smime, with("Content-Type: text/plain\n", kSmimeHead, kSmimeBody), form},
      {"CBC said to be GCM", smime,
       with("", "Content-Type: application/pkcs7-mime; smime-type=authEnveloped-data\n\n",
            kSmimeBody),
       form},
      {"a second subject", smime, with("Subject: x\n", kSmimeHead, kSmimeBody), form},
      {"a From that was not captured", smime,
       with("From: Maria Gomez <m@x.example>\n", kSmimeHead, kSmimeBody), form},
      {"a Bcc", smime, with("Bcc: hidden@example.org\n", kSmimeHead, kSmimeBody), form},
      {"a mark of ours", smime, with("X-Phi-Proof: a; b\n", kSmimeHead, kSmimeBody), form},
      {"number in a clear field", smime, with("X-Case: no. 123-45-6789\n", kSmimeHead, kSmimeBody),
       exposed},
      {"number inside a longer one", smime, with("X-Case: 9123-45-67890\n", kSmimeHead, kSmimeBody),
       exposed},
      {"name in other letters", smime, with("X-Case: MARIA GOMEZ\n", kSmimeHead, kSmimeBody),
       exposed},
      {"name over a fold", smime, with("X-Case: maria\n gomez\n", kSmimeHead, kSmimeBody), exposed},
      {"name inside a word", smime, with("X-Case: maria gomezana\n", kSmimeHead, kSmimeBody), ""},
      {"too short to look for", smime, with("X-Case: ana\n", kSmimeHead, kSmimeBody), ""},
      {"notice as it should be", ProtectedForm::notice, notice("Hello", "<p>Hello</p>"), ""},
      {"name in the text", ProtectedForm::notice, notice("Hello Maria Gomez", "<p>Hello</p>"),
       exposed},
      {"name in quoted-printable", ProtectedForm::notice,
       notice("Hello Maria =\n=47omez", "<p>Hello</p>"), exposed},
      {"number in the HTML", ProtectedForm::notice, notice("Hello", "<p>123-45-6789</p>"), exposed},
      {"number in the link", ProtectedForm::notice,
       notice("Hi", "<a href=\"https://x/123-45-6789\">x</a>"), exposed},
      {"a third part", ProtectedForm::notice, notice("Hi", "x\n--b\nContent-Type: text/plain\n\ny"),
       form},
      {"text in front", ProtectedForm::notice,
       with("", kNoticeHead, "Dear Maria\n--b\n\nx\n--b\n\ny\n--b--\n"), form},
      {"text behind", ProtectedForm::notice, notice("Hi", "x") + "Dear Maria\n", form},
      {"not PGP/MIME", ProtectedForm::pgp, notice("Hi", "x"), form},
      {"PGP/MIME around clear text", ProtectedForm::pgp,
       with("",
            "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; "
            "boundary=\"b\"\n\n",
            "--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n\n--b\n"
            "Content-Type: application/octet-stream\n\nDear Maria\n--b--\n"),
       "pgp.output"},
  };
}

TEST(ExposureCheck, PassesOnlyTheFormWithNothingInTheClear) {
  const auto captured = testing::message_from(testing::sample_text(testing::kSamples[0]));
  const std::string_view identifiers[] = {"123-45-6789", "Maria Gomez", "ana",
                                          "lab@clinic.example"};
  for (const auto& each : cases()) {
    auto parsed = testing::message_from(each.text);
    ProtectedMessage message("/tmp");
    message.headers = parsed.headers;
    message.body = std::move(parsed.body);
    const auto checked = check_exposure(
        message, captured, {.form = each.form, .identifiers = identifiers, .own_texts = {}});
    EXPECT_EQ(checked ? "" : checked.error().id, each.fault)
        << each.name << (checked ? "" : checked.error().describe());
    if (!checked) {
      EXPECT_EQ(checked.error().kind, FaultKind::bug);
      EXPECT_EQ(checked.error().describe().find("Maria"), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace phimilter::protect
