// SPDX-License-Identifier: Apache-2.0
#include "portal/reply_page.h"

#include "base/limits.h"
#include "portal/human.h"
#include "portal/multipart_form.h"
#include "portal/reply_store.h"

namespace phimilter::portal {
namespace {

Html problem_line(const PageFrame& frame, const ReplyPage& page) {
  switch (page.problem) {
    case ReplyProblem::none:
      break;
    case ReplyProblem::empty:
      return warning(sentence(frame, "reply_empty"));
    case ReplyProblem::too_long:
      return warning(sentence(frame, "reply_too_long"), sentence(frame, "reply_kept"));
    case ReplyProblem::too_large:
      return warning(
          sentence(frame, "reply_too_large",
                   {{"size", human_size(page.most_bytes)}, {"count", std::to_string(kFormFiles)}}),
          sentence(frame, "reply_kept"));
    case ReplyProblem::mail_too_large:
      return warning(sentence(frame, "reply_mail_too_large"), sentence(frame, "reply_kept"));
    case ReplyProblem::in_doubt:
      return warning(sentence(frame, "reply_in_doubt"), sentence(frame, "reply_kept"));
    case ReplyProblem::under_way:
      return warning(sentence(frame, "reply_under_way"), sentence(frame, "reply_kept"));
    case ReplyProblem::refused:
      return warning(sentence(frame, "reply_refused"));
    case ReplyProblem::not_sent:
      return warning(sentence(frame, "reply_not_sent"), sentence(frame, "reply_kept"));
    case ReplyProblem::address:
      return warning(sentence(frame, "reply_bad_address"), sentence(frame, "reply_kept"));
    case ReplyProblem::too_many:
      return warning(sentence(frame, "reply_too_many"));
  }
  return {};
}

Html recipient_part(const PageFrame& frame, const ReplyPage& page) {
  if (page.kind != ReplyKind::forward) {
    return fact_list({{sentence(frame, "to_label"), page.to}, subject_fact(frame, page.subject)});
  }
  return fill(
      "<label for=\"to\">{label}</label>"
      "<input type=\"text\" id=\"to\" name=\"to\" required maxlength=\"{longest}\" "
      "inputmode=\"email\" autocomplete=\"off\" autocapitalize=\"off\" spellcheck=\"false\" "
      "value=\"{to}\"><p class=\"hint\"></p>\n",
      {{"label", sentence(frame, "forward_label")},
       {"longest", std::to_string(limits::kAddressBytes)},
       {"to", page.forward_to}});
}

std::string_view title_of(ReplyKind kind) {
  switch (kind) {
    case ReplyKind::reply_all:
      return "reply_all_link";
    case ReplyKind::forward:
      return "forward_link";
    default:
      return "reply_link";
  }
}

}  // namespace

std::string_view path_of(ReplyKind kind) {
  switch (kind) {
    case ReplyKind::reply_all:
      return "reply-all";
    case ReplyKind::forward:
      return "forward";
    default:
      return "reply";
  }
}

std::string reply_page(const PageFrame& frame, const ReplyPage& page) {
  Html content = problem_line(frame, page);
  // Hidden fields first, files last: what comes first is read whatever becomes of the files.
  content += fill(
      "<form method=\"post\" action=\"{path}/{kind}\" enctype=\"multipart/form-data\">{token}"
      "<input type=\"hidden\" name=\"reply\" value=\"{reply}\">{language}{recipient}"
      "<label for=\"text\">{text_label}</label>"
      "<textarea id=\"text\" name=\"text\" rows=\"8\" autocomplete=\"off\" dir=\"auto\" "
      "maxlength=\"{longest}\">\n{text}</textarea>"
      "<p class=\"hint\"></p><label for=\"files\">{files_label}</label>"
      "<input type=\"file\" id=\"files\" name=\"files\" multiple autocomplete=\"off\" "
      "aria-describedby=\"hint\">"
      "<p class=\"hint soft\" id=\"hint\">{files_hint}</p>"
      "<button type=\"submit\" class=\"wide\">{send}</button></form>\n"
      "<p class=\"hint soft\">{send_hint}</p>\n"
      "<p><a href=\"{path}/message\">{back}</a></p>",
      {{"path", page.link_path},
       {"kind", std::string(path_of(page.kind))},
       {"token", token_field(page.form_token)},
       {"reply", page.reply_token},
       {"language", language_field(frame)},
       {"recipient", recipient_part(frame, page)},
       {"text_label", sentence(frame, "reply_text_label")},
       {"longest", std::to_string(kReplyText)},
       {"text", page.text},
       {"files_label", sentence(frame, "reply_files_label")},
       {"files_hint", sentence(frame, "reply_files_hint", {{"size", human_size(page.most_bytes)}})},
       {"send", sentence(frame, "reply_send")},
       {"send_hint", sentence(frame, "reply_send_hint")},
       {"back", sentence(frame, "reply_cancel")}});
  return whole_page(frame, sentence(frame, title_of(page.kind)), content);
}

std::string reply_rescue_page(const PageFrame& frame, const std::string& link_path,
                              const std::string& text) {
  return whole_page(frame, sentence(frame, "rescue_title"),
                    fill("<p>{what}</p>\n<label for=\"text\">{label}</label>"
                         "<textarea id=\"text\" rows=\"8\" readonly dir=\"auto\">\n{text}"
                         "</textarea>\n<p class=\"hint\"></p>\n"
                         "<p><a href=\"{path}\">{again}</a></p>",
                         {{"what", sentence(frame, "rescue_text")},
                          {"label", sentence(frame, "reply_text_label")},
                          {"text", text},
                          {"path", link_path},
                          {"again", sentence(frame, "read_again")}}));
}

}  // namespace phimilter::portal
