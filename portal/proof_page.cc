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

Html proof_notice(const PageFrame& frame, const ProofPage& page) {
  switch (page.notice) {
    case Notice::wrong:
      return warning(
          sentence(frame, page.kind == ProofKind::question ? "wrong_answer" : "wrong_code"),
          page.tries_left == 1
              ? sentence(frame, "tries_left_one")
              : sentence(frame, "tries_left", {{"count", std::to_string(page.tries_left)}}));
    case Notice::code_too_many:
      return warning(sentence(frame, "code_too_many"), {});
    case Notice::no_code:
      return warning(sentence(frame, "code_missing"), {});
    case Notice::empty_answer:
      return warning(sentence(frame, "answer_empty"), {});
    case Notice::session_over:
      return warning(sentence(frame, "session_over"), {});
    default:
      return {};
  }
}

Html question_form(const PageFrame& frame, const ProofPage& page) {
  return fill(
      "<h2>{heading}</h2>\n<p class=\"question\" id=\"question\">{question}</p>\n"
      "<form method=\"post\" action=\"{path}/proof\">{language}"
      "<label for=\"answer\">{label}</label>"
      "<input type=\"text\" id=\"answer\" name=\"answer\" required maxlength=\"{longest}\" "
      "autocomplete=\"off\" autocapitalize=\"off\" autocorrect=\"off\" spellcheck=\"false\" "
      "aria-describedby=\"question hint\">"
      "<p class=\"hint soft\" id=\"hint\">{hint}</p>"
      "<button type=\"submit\" class=\"wide\">{button}</button></form>\n",
      {{"heading", sentence(frame, "question_heading")},
       {"question", page.question},
       {"path", page.link_path},
       {"language", language_field(frame)},
       {"label", sentence(frame, "answer_label")},
       {"longest", std::to_string(limits::kProofAnswer)},
       {"hint", sentence(frame, "question_hint")},
       {"button", sentence(frame, "open_button")}});
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
       {"button", sentence(frame, "open_button")}});
  out += code_button(frame, page, true);
  return out;
}

}  // namespace

std::string proof_page(const PageFrame& frame, const ProofPage& page) {
  Html content = proof_notice(frame, page);
  content += paragraph(sentence(frame, "proof_intro"));
  content += page.kind == ProofKind::question ? question_form(frame, page) : code_form(frame, page);
  content += reference_line(frame, page.reference);
  return whole_page(frame, sentence(frame, "proof_title"), content);
}

}  // namespace phimilter::portal
