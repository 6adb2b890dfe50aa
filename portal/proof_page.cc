// SPDX-License-Identifier: Apache-2.0
#include "portal/proof_page.h"

#include "base/limits.h"

namespace phimilter::portal {
namespace {

Html reference_line(const PageFrame& frame, const std::string& reference) {
  return fill(
      "<p class=\"reference soft\">{label}: <strong>{reference}</strong>"
      "<span class=\"hint\">{hint}</span></p>\n",
      {{"label", sentence(frame, "reference_label")},
       {"reference", reference},
       {"hint", sentence(frame, "proof_reference_hint")}});
}

std::string_view wrong_text(ProofKind kind) {
  switch (kind) {
    case ProofKind::question:
      return "wrong_answer";
    case ProofKind::passphrase:
      return "wrong_passphrase";
    default:
      return "wrong_code";
  }
}

std::string button_text(const PageFrame& frame, const ProofPage& page) {
  return sentence(frame, page.step < page.steps ? "next_button" : "open_button");
}

Html proof_notice(const PageFrame& frame, const ProofPage& page) {
  switch (page.notice) {
    case Notice::wrong:
      return warning(sentence(frame, wrong_text(page.kind)),
                     page.tries_left == 1 ? sentence(frame, "tries_left_one")
                                          : sentence(frame, "tries_left",
                                                     {{"count", std::to_string(page.tries_left)}}));
    case Notice::code_too_many:
      return warning(sentence(frame, "code_too_many"), {});
    case Notice::no_code:
      return warning(sentence(frame, "code_missing"), {});
    case Notice::empty_answer:
      return warning(sentence(frame, "answer_empty"), {});
    case Notice::session_over:
      return warning(sentence(frame, "session_over"), {});
    case Notice::session_moved:
      return warning(sentence(frame, "session_moved"), {});
    default:
      return {};
  }
}

struct AnswerWords {
  std::string_view heading, label, hint;
};

Html answer_form(const PageFrame& frame, const ProofPage& page, const std::string& question,
                 const AnswerWords& words) {
  return fill(
      "<h2>{heading}</h2>\n<p class=\"question\" id=\"question\">{question}</p>\n"
      "<form method=\"post\" action=\"{path}/proof\">{language}"
      "<label for=\"answer\">{label}</label>"
      "<input type=\"text\" id=\"answer\" name=\"answer\" required maxlength=\"{longest}\" "
      "autocomplete=\"off\" autocapitalize=\"off\" autocorrect=\"off\" spellcheck=\"false\" "
      "aria-describedby=\"question hint\">"
      "<p class=\"hint soft\" id=\"hint\">{hint}</p>"
      "<button type=\"submit\" class=\"wide\">{button}</button></form>\n",
      {{"heading", sentence(frame, words.heading)},
       {"question", question},
       {"path", page.link_path},
       {"language", language_field(frame)},
       {"label", sentence(frame, words.label)},
       {"longest", std::to_string(limits::kProofAnswer)},
       {"hint", sentence(frame, words.hint)},
       {"button", button_text(frame, page)}});
}

// Folded away: few need it. Where the clinic knows no such address, the page says the same.
Html other_address(const PageFrame& frame, const ProofPage& page) {
  return fill(
      "<details><summary>{summary}</summary>\n<p>{text}</p>\n"
      "<form method=\"post\" action=\"{path}/code\">{language}<label for=\"other\">{label}</label>"
      "<input type=\"email\" id=\"other\" name=\"address\" required maxlength=\"{longest}\" "
      "autocomplete=\"email\"><p></p>"
      "<button type=\"submit\" class=\"second wide\">{button}</button></form></details>\n",
      {{"summary", sentence(frame, "other_address_summary")},
       {"text", sentence(frame, "other_address_text")},
       {"path", page.link_path},
       {"language", language_field(frame)},
       {"label", sentence(frame, "other_address_label")},
       {"longest", std::to_string(limits::kAddressBytes)},
       {"button", sentence(frame, "code_button")}});
}

Html code_button(const PageFrame& frame, const ProofPage& page, bool again) {
  return fill(
      "<form method=\"post\" action=\"{path}/code\">{language}"
      "<button type=\"submit\" class=\"{class}\">{button}</button></form>\n",
      {{"path", page.link_path},
       {"language", language_field(frame)},
       {"class", again ? "second wide" : "wide"},
       {"button", sentence(frame, again ? "code_again" : "code_button")}});
}

Html code_form(const PageFrame& frame, const ProofPage& page) {
  if (!page.code_waits) {
    Html out = fill(
        "<h2>{heading}</h2>\n<p>{intro}</p>\n",
        {{"heading", sentence(frame, "code_heading")}, {"intro", sentence(frame, "code_intro")}});
    out += code_button(frame, page, false);
    return out;
  }
  Html out = fill(
      "<h2>{heading}</h2>\n<p role=\"status\">{sent}</p>\n"
      "<form method=\"post\" action=\"{path}/proof\">{language}<label "
      "for=\"answer\">{label}</label>"
      "<input type=\"text\" class=\"code\" id=\"answer\" name=\"answer\" required maxlength=\"20\" "
      "inputmode=\"numeric\" autocomplete=\"one-time-code\" spellcheck=\"false\" "
      "aria-describedby=\"hint\">"
      "<p class=\"hint soft\" id=\"hint\">{hint}</p>"
      "<button type=\"submit\" class=\"wide\">{button}</button></form>\n<p></p>\n",
      {{"heading", sentence(frame, "code_heading")},
       {"sent", sentence(frame, "code_sent")},
       {"path", page.link_path},
       {"language", language_field(frame)},
       {"label", sentence(frame, "code_label")},
       {"hint", sentence(frame, "code_sent_hint",
                         {{"minutes", std::to_string(limits::kCodeS / 60)},
                          {"reference", page.reference}})},
       {"button", button_text(frame, page)}});
  out += code_button(frame, page, true);
  out += other_address(frame, page);
  return out;
}

Html account_step(const PageFrame& frame, const ProofPage& page) {
  Html out = fill("<h2>{heading}</h2>\n<p>{text}</p>\n",
                  {{"heading", sentence(frame, "second_proof_heading")},
                   {"text", sentence(frame, "second_proof_text")}});
  if (page.accounts) {
    out += fill("<p><a href=\"/account\">{link}</a></p>\n",
                {{"link", sentence(frame, "second_proof_account")}});
  }
  out += paragraph(sentence(frame, "second_proof_call"));
  return out;
}

Html step_line(const PageFrame& frame, const ProofPage& page) {
  if (page.steps == 1) {
    return {};
  }
  return fill("<p class=\"soft\">{text}</p>\n",
              {{"text", sentence(frame, "step_line",
                                 {{"step", std::to_string(page.step)},
                                  {"steps", std::to_string(page.steps)}})}});
}

Html open_form(const PageFrame& frame, const ProofPage& page) {
  return fill(
      "<form method=\"post\" action=\"{path}/open\">{language}{token}"
      "<button type=\"submit\" class=\"wide\">{button}</button></form>\n",
      {{"path", page.link_path},
       {"language", language_field(frame)},
       {"token", token_field(page.open_token)},
       {"button", sentence(frame, "open_button")}});
}

Html proof_step(const PageFrame& frame, const ProofPage& page) {
  if (!page.open_token.empty()) {
    return open_form(frame, page);
  }
  switch (page.kind) {
    case ProofKind::question:
      return answer_form(frame, page, page.question,
                         {"question_heading", "answer_label", "question_hint"});
    case ProofKind::passphrase:
      return answer_form(frame, page, sentence(frame, "passphrase_question"),
                         {"passphrase_heading", "passphrase_label", "passphrase_hint"});
    case ProofKind::code:
      return code_form(frame, page);
    case ProofKind::account:
      return account_step(frame, page);
  }
  return {};
}

}  // namespace

std::string proof_page(const PageFrame& frame, const ProofPage& page) {
  Html content = proof_notice(frame, page);
  content += paragraph(sentence(frame, "proof_intro"));
  content += step_line(frame, page);
  content += proof_step(frame, page);
  content += reference_line(frame, page.reference);
  return whole_page(frame, sentence(frame, "proof_title"), content);
}

}  // namespace phimilter::portal
