// SPDX-License-Identifier: Apache-2.0
#include "protect/portal_notice.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "messages.h"
#include "protect/exposure_check.h"
#include "support.h"

namespace phimilter::protect {
namespace {

class PortalNotice : public ::testing::Test {
 protected:
  static NoticeFacts facts() {
    return {.organisation_name = "Clínica Río & Sons",
            .organisation_phone = "+1 555 0100",
            .link = "https://portal.clinic.example/m/k3j-h4_2",
            .reference = "7KQ4-M2",
            .recipient = *mail::Address::parse("ann@example.org"),
            .expires = *parse_rfc3339("2026-12-05T10:00:00.000000Z"),
            .languages = {}};
  }
  ProtectedMessage notice(const NoticeFacts& facts) {
    auto made = portal_notice(captured_, facts, "/tmp");
    EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().describe());
    testing::write_file(folder_.file("mail"), testing::bytes_of(*made));
    return std::move(*made);
  }
  std::string part(int number) {
    testing::judge("part " + folder_.file("mail") + " " + std::to_string(number) + " " +
                   folder_.file("part"));
    std::string text = testing::file_bytes(folder_.file("part"));
    std::erase(text, '\r');
    return text;
  }
  static std::size_t occurrences(const std::string& text, const std::string& what) {
    std::size_t count = 0;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
      ++count;
    }
    return count;
  }

  mail::CapturedMessage captured_ =
      testing::message_from(testing::sample_text(testing::kSamples[3]));
  testing::TestFolder folder_;
};

TEST_F(PortalNotice, TheEnglishTextReadsLikeThis) {
  auto chosen = facts();
  chosen.languages = {"en"};
  notice(chosen);
  EXPECT_EQ(
      part(0),
      "Hello,\n\n"
      "Clínica Río & Sons has sent you a message. To keep it private, it is not in this e-mail.\n\n"
      "You can read it on our secure page. The page will ask you to confirm that it is you. You "
      "need no "
      "account and no app.\n\n"
      "To read your message, open this link:\n\n"
      "https://portal.clinic.example/m/k3j-h4_2\n\n"
      "You can read it until December 5, 2026.\n"
      "Reference: 7KQ4-M2. The secure page shows the same reference.\n\n"
      "Not sure that this e-mail is really from us? Please call us at +1 555 0100, or at the "
      "number "
      "you "
      "already have for us. We are glad to help.\n\n"
      "We never ask for a password by e-mail.\n\n"
      "Kind regards,\nClínica Río & Sons\n+1 555 0100\n");
}

TEST_F(PortalNotice, TheSpanishTextReadsLikeThis) {
  auto chosen = facts();
  chosen.languages = {"es"};
  chosen.organisation_phone.clear();
  notice(chosen);
  EXPECT_EQ(
      part(0),
      "Hola:\n\n"
      "Clínica Río & Sons le ha enviado un mensaje. Para proteger su privacidad, no está en este "
      "correo.\n\n"
      "Puede leerlo en nuestra página segura. La página le pedirá que confirme que es usted. No "
      "necesita "
      "crear una cuenta ni instalar nada.\n\n"
      "Para leer su mensaje, abra este enlace:\n\n"
      "https://portal.clinic.example/m/k3j-h4_2\n\n"
      "Puede leerlo hasta el 5 de diciembre de 2026.\n"
      "Referencia: 7KQ4-M2. La página segura muestra la misma referencia.\n\n"
      "¿No está seguro de que este correo es nuestro? Llámenos al número nuestro que ya tiene. Con "
      "gusto "
      "le ayudamos.\n\n"
      "Nunca le pediremos una contraseña por correo.\n\n"
      "Un saludo cordial,\nClínica Río & Sons\n");
}

TEST_F(PortalNotice, BothLanguagesInTextAndHtml) {
  const auto message = notice(facts());
  EXPECT_EQ(testing::judge("outline " + folder_.file("mail")),
            "multipart/alternative - \n"
            "text/plain quoted-printable charset=utf-8\n"
            "text/html quoted-printable charset=utf-8\n");
  EXPECT_FALSE(message.needs_8bit);
  const std::string html = part(1);
  EXPECT_NE(part(0).find("Hello,"), std::string::npos);
  EXPECT_NE(part(0).find("Hola:"), std::string::npos);
  EXPECT_EQ(occurrences(html, "lang=\"en\""), 1U);
  EXPECT_EQ(occurrences(html, "<div lang=\"es\""), 1U);
  EXPECT_LT(html.find("En español"), html.find("Hello,")) << "who reads Spanish knows to go on";
  EXPECT_TRUE(part(0).starts_with("En español"));
  EXPECT_EQ(occurrences(html, "<hr "), 1U);
  EXPECT_EQ(occurrences(html, "http"), 4U)
      << "the one link, as button and as text, in each language";
  EXPECT_EQ(occurrences(html, "href=\"https://portal.clinic.example/m/k3j-h4_2\""), 2U);
  for (const auto* remote : {"<img", "<script", "<link", "url(", "src=", "@import"}) {
    EXPECT_EQ(html.find(remote), std::string::npos) << remote;
  }
  EXPECT_NE(html.find("Clínica Río &amp; Sons"), std::string::npos);
  for (const auto* pressure : {"urgent", "immediately", "must", "warning", "suspend", "urgente"}) {
    EXPECT_EQ(ascii_lower(part(0)).find(pressure), std::string::npos) << pressure;
  }
}

TEST_F(PortalNotice, TheHeadersSayWhoToWhomAndNothingElse) {
  notice(facts());
  const std::string fields = testing::judge("fields " + folder_.file("mail"));
  EXPECT_EQ(fields.substr(fields.find("From:"), fields.find("Content-Type") - fields.find("From:")),
            "From: Clinic Lab <lab@clinic.example>\n"
            "Date: Sat, 21 Nov 2026 21:08:33 +0000\n"
            "References: <x@example.org>\t<y@example.org>\n"
            "To: ann@example.org\n"
            "Subject: You have a secure message from Clínica Río & Sons / Tiene un mensaje seguro "
            "de Clínica "
            "Río & Sons\n"
            "Auto-Submitted: auto-generated\n"
            "X-Auto-Response-Suppress: All\n"
            "MIME-Version: 1.0\n");
  for (const auto* secret :
       {"7654321", "123-45", "Mar", "HIV", "bob@", "hidden@", "X-Phi", "Message-ID"}) {
    EXPECT_EQ(fields.find(secret), std::string::npos) << secret;
  }
}

TEST_F(PortalNotice, ItsOwnWordsAreNoExposureAndOthersAre) {
  const auto message = notice(facts());
  const auto check = [&](std::string_view identifier, std::vector<std::string> own) {
    const std::string_view identifiers[] = {identifier};
    return check_exposure(message, captured_,
                          {.form = ProtectedForm::notice,
                           .identifiers = identifiers,
                           .own_texts = std::move(own)})
        .has_value();
  };
  const auto own = notice_own_texts(facts());
  for (const auto* text :
       {"+1 555 0100", "December 5, 2026", "secure", "R\xc3\xado", "123-45-6789", "7KQ4-M2"}) {
    EXPECT_TRUE(check(text, own)) << text;
  }
  EXPECT_FALSE(check("+1 555 0100", {}));
  EXPECT_FALSE(check("december 5, 2026", {}));
  auto others = facts();
  others.reference = "AAAA-AA";
  EXPECT_FALSE(check("7KQ4-M2", notice_own_texts(others)));
}

TEST_F(PortalNotice, TheHtmlHasTheClinicsColoursAndFooter) {
  auto chosen = facts();
  chosen.colour = "#7a1f5c";
  chosen.footer = "1 Hill Street <East>";
  notice(chosen);
  const std::string html = part(1);
  EXPECT_GE(occurrences(html, "#7a1f5c"), 3U);
  EXPECT_NE(html.find("1 Hill Street &lt;East&gt;"), std::string::npos);
  EXPECT_TRUE(part(0).ends_with("\n1 Hill Street <East>\n"));
}

TEST_F(PortalNotice, ReminderIsTheSameMailWithOtherWords) {
  auto chosen = facts();
  chosen.languages = {"en"};
  chosen.kind = NoticeKind::reminder;
  chosen.sent = *parse_rfc3339("2026-11-21T10:00:00.000000Z");
  const auto write = [this](const NoticeFacts& facts) {
    auto made = repeated_notice(facts, *mail::Address::parse("lab@clinic.example"),
                                *parse_rfc3339("2026-11-28T10:00:00.000000Z"));
    ASSERT_TRUE(made.has_value());
    testing::write_file(folder_.file("mail"), made->headers.text() + "\r\n" + made->body);
  };
  write(chosen);
  const std::string fields = testing::judge("fields " + folder_.file("mail"));
  EXPECT_EQ(fields.substr(0, fields.find("Content-Type")),
            "From: Clínica Río & Sons <lab@clinic.example>\n"
            "Date: Sat, 28 Nov 2026 10:00:00 +0000\n"
            "To: ann@example.org\n"
            "Subject: Your secure message from Clínica Río & Sons is still waiting\n"
            "Auto-Submitted: auto-generated\n"
            "X-Auto-Response-Suppress: All\n"
            "MIME-Version: 1.0\n");
  EXPECT_NE(part(0).find("sent you a message on November 21, 2026. It is still waiting for you."),
            std::string::npos);
  EXPECT_EQ(occurrences(part(1), "href=\"https://portal.clinic.example/m/k3j-h4_2\""), 1U);

  chosen.kind = NoticeKind::expiring;
  chosen.link.clear();
  write(chosen);
  EXPECT_EQ(occurrences(part(0) + part(1), "http"), 0U) << "only the first notice has the link";
  EXPECT_NE(part(0).find("the link in our e-mail of November 21, 2026"), std::string::npos);
  EXPECT_NE(part(1).find("the link in our e-mail of November 21, 2026"), std::string::npos);
}

TEST_F(PortalNotice, QuotedNamesStayNames) {
  auto chosen = facts();
  chosen.organisation_name = "Smith, \"Jo\" & Co";
  const auto made = repeated_notice(chosen, *mail::Address::parse("lab@clinic.example"), {});
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(made->headers.first("From")->value, " \"Smith, \\\"Jo\\\" & Co\" <lab@clinic.example>");
}

TEST_F(PortalNotice, WhatCannotBeSaidSafelyIsAFault) {
  struct Case {
    std::string link;
    std::vector<std::string> languages;
    FaultKind kind;
  };
  const Case cases[] = {
      {"javascript:alert(1)", {}, FaultKind::bug},
      {"https://a/\" onclick=\"x", {}, FaultKind::bug},
      {"https://a/\r\nBcc: x", {}, FaultKind::bug},
      {"https://a/<b>", {}, FaultKind::bug},
      {"", {}, FaultKind::bug},
      {"https://a/b", {"en", "tlh"}, FaultKind::configuration},
  };
  for (const auto& each : cases) {
    auto chosen = facts();
    chosen.link = each.link;
    chosen.languages = each.languages;
    const auto made = portal_notice(captured_, chosen, "/tmp");
    ASSERT_FALSE(made.has_value()) << each.link;
    EXPECT_EQ(made.error().kind, each.kind) << each.link;
  }
}

}  // namespace
}  // namespace phimilter::protect
