// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/time_zone.h"
#include "portal/dead_end_page.h"
#include "portal/human.h"
#include "portal/message_page.h"
#include "portal/proof_page.h"
#include "portal/reply_page.h"
#include "portal/run_tool.h"

namespace phimilter::portal {
namespace {

const Languages& languages() {
  static const Languages all = std::move(*load_languages());
  return all;
}

constexpr const char* kHostile = "\"><script>alert(1)</script><b onclick='x'>&amp;";

PageFrame frame(const Texts& texts, const std::string& text) {
  return {texts, text, text, "/m/" + text, text};
}

std::vector<std::string> all_pages(const Texts& texts, const std::string& text) {
  std::vector<std::string> pages;
  ProofPage proof;
  proof.link_path = proof.reference = proof.question = text;
  proof.tries_left = 1;
  for (const ProofKind kind : {ProofKind::question, ProofKind::code}) {
    for (const bool waits : {false, true}) {
      for (const Notice notice : {Notice::none, Notice::wrong, Notice::code_too_many,
                                  Notice::no_code, Notice::empty_answer, Notice::session_over}) {
        proof.kind = kind;
        proof.code_waits = waits;
        proof.notice = notice;
        pages.push_back(proof_page(frame(texts, text), proof));
      }
    }
  }
  MessagePage message;
  message.link_path = message.reference = message.form_token = text;
  message.facts = {text, text, text};
  message.body.text = text;
  message.files = {{1, text, text, 1234, true}, {2, text, "text/plain", 5, false}};
  message.appointments = {{text, text, text, true}, {text, text, "", false}};
  message.can_reply = message.can_reply_all = message.can_forward = message.just_sent = true;
  message.replies = {{text, text, text, text, {text}}};
  pages.push_back(message_page(frame(texts, text), message));
  message.body.html_path = text;
  message.body.remote_blocked = 2;
  message.body.unreadable = true;
  pages.push_back(message_page(frame(texts, text), message));
  FilePage file;
  file.link_path = file.form_token = file.name = text;
  file.body.text = text;
  pages.push_back(file_page(frame(texts, text), file));
  file.facts = MessageFacts{text, text, text};
  pages.push_back(file_page(frame(texts, text), file));
  ReplyPage reply;
  reply.link_path = reply.form_token = reply.reply_token = reply.to = reply.subject = reply.text =
      reply.forward_to = text;
  for (const ReplyProblem problem :
       {ReplyProblem::none, ReplyProblem::empty, ReplyProblem::too_long, ReplyProblem::too_large,
        ReplyProblem::not_sent, ReplyProblem::address, ReplyProblem::too_many}) {
    for (const ReplyKind kind : {ReplyKind::reply, ReplyKind::reply_all, ReplyKind::forward}) {
      reply.kind = kind;
      reply.problem = problem;
      pages.push_back(reply_page(frame(texts, text), reply));
    }
  }
  pages.push_back(reply_rescue_page(frame(texts, text), text, text));
  for (const DeadEnd end :
       {DeadEnd::unknown, DeadEnd::expired, DeadEnd::retracted, DeadEnd::locked, DeadEnd::closed,
        DeadEnd::unavailable, DeadEnd::refused, DeadEnd::too_large}) {
    pages.push_back(dead_end_page(frame(texts, text), end, 900, text));
  }
  return pages;
}

// What Python's HTML parser sees of a page: elements, attribute names, whether labels fit inputs.
nlohmann::json seen_by_python(const std::vector<std::string>& pages) {
  const TempFolder folder;
  const std::string input = folder.write("pages.json", nlohmann::json(pages).dump());
  const ToolResult result =
      run_tool("python3 " PHIMILTER_SOURCE_DIR "/tests/unit/portal/read_pages.py < " + input);
  EXPECT_EQ(result.status, 0);
  return nlohmann::json::parse(result.output);
}

TEST(Pages, EscapeEverythingThatIsPutIn) {
  for (const Texts* texts : {&languages().english, &languages().spanish}) {
    const auto calm = seen_by_python(all_pages(*texts, "calm"));
    const auto hostile = seen_by_python(all_pages(*texts, kHostile));
    ASSERT_EQ(calm.size(), hostile.size());
    for (std::size_t i = 0; i < calm.size(); ++i) {
      EXPECT_EQ(calm[i]["elements"], hostile[i]["elements"]) << "page " << i;
    }
  }
}

TEST(Pages, AreForEverybody) {
  for (const Texts* texts : {&languages().english, &languages().spanish}) {
    for (const auto& page : seen_by_python(all_pages(*texts, "calm"))) {
      EXPECT_EQ(page["language"], texts->language());
      EXPECT_EQ(page["h1"], 1);
      EXPECT_TRUE(page["problems"].empty()) << page["problems"];
    }
  }
}

TEST(Pages, SayWhomToCall) {
  const PageFrame page_frame{languages().english, "Maple Clinic", "+1 (555) 010-0199", "/m/x", ""};
  for (const DeadEnd end :
       {DeadEnd::unknown, DeadEnd::expired, DeadEnd::retracted, DeadEnd::locked, DeadEnd::closed,
        DeadEnd::unavailable, DeadEnd::refused, DeadEnd::too_large}) {
    const std::string page = dead_end_page(page_frame, end, 900, "/m/x");
    EXPECT_NE(page.find("Maple Clinic"), std::string::npos);
    EXPECT_NE(page.find("href=\"tel:+15550100199\""), std::string::npos);
  }
  EXPECT_NE(dead_end_page(page_frame, DeadEnd::locked, 899).find("15 minutes"), std::string::npos);
  EXPECT_NE(dead_end_page(page_frame, DeadEnd::locked, 7199).find("2 hours"), std::string::npos);
}

TEST(Pages, SizesAreForPeople) {
  EXPECT_EQ(human_size(0), "0 B");
  EXPECT_EQ(human_size(999), "999 B");
  EXPECT_EQ(human_size(12'400), "12 KB");
  EXPECT_EQ(human_size(1'000'000), "1 MB");
  EXPECT_EQ(human_size(52'428'800), "52.4 MB");
}

TEST(Pages, TypesOfFilesAreForPeople) {
  const struct {
    const char *type, *english, *spanish;
  } cases[] = {
      {"application/pdf", "PDF document", "Documento PDF"},
      {"IMAGE/jpeg", "Picture", "Imagen"},
      {"text/plain", "Text", "Texto"},
      {"text/calendar", "Appointment", "Cita"},
      {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "Document",
       "Documento"},
      {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "Table", "Tabla"},
      {"message/rfc822", "E-mail", "Correo"},
      {"application/octet-stream", "File", "Archivo"},
      {"", "File", "Archivo"},
  };
  for (const auto& each : cases) {
    EXPECT_EQ(human_type(languages().english, each.type), each.english) << each.type;
    EXPECT_EQ(human_type(languages().spanish, each.type), each.spanish) << each.type;
  }
}

TEST(Pages, DatesAreForPeople) {
  const SentDate date{2026, 3, 7, 9, 5};
  EXPECT_EQ(human_date(languages().english, date), "March 7, 2026, 09:05");
  EXPECT_EQ(human_date(languages().spanish, date), "7 de marzo de 2026, 09:05");
}

// The sender's clock and what was recorded in UTC, both as the organisation has it.
TEST(Pages, TimesAreThoseOfTheOrganisation) {
  use_time_zone("America/New_York");
  const Timestamp at = parse_rfc3339("2026-11-21T03:05:00Z").value();
  EXPECT_EQ(moment_in_words(languages().english, at), "November 20, 2026, 22:05 EST");
  EXPECT_EQ(moment_in_words(languages().spanish, at), "20 de noviembre de 2026 a las 22:05 EST");
  EXPECT_EQ(day_in_words(languages().english, at), "November 20, 2026");
  EXPECT_EQ(moment_of({2026, 11, 20, 19, 5, -480}), at);
  EXPECT_EQ(moment_of({2026, 11, 21, 8, 35, 330}), at);
  use_time_zone("Etc/UTC");
  EXPECT_EQ(moment_in_words(languages().english, at), "November 21, 2026, 03:05 UTC");
}

TEST(Html, FillEscapesTextAndKeepsMarkup) {
  EXPECT_EQ(fill("<p title=\"{a}\">{b}</p>",
                 {{"a", std::string("\"'<>&\x01")}, {"b", Html::of_markup("<b>x</b>")}})
                .str(),
            "<p title=\"&quot;&#39;&lt;&gt;&amp; \"><b>x</b></p>");
  EXPECT_EQ(fill("{a}", {{"a", std::string("{b}")}}).str(), "{b}")
      << "what is filled in is not filled again";
}

}  // namespace
}  // namespace phimilter::portal
