// SPDX-License-Identifier: Apache-2.0
#include "portal/sent_page.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "base/limits.h"
#include "portal/human.h"
#include "portal/mails_text.h"

namespace phimilter::portal {
namespace {

using audit::Event;
using delivery::MessageRow;
using delivery::MessageState;

Html word(const PageFrame& frame, SentWord word) {
  switch (word) {
    case SentWord::none:
      return {};
    case SentWord::wrong:
      return warning(sentence(frame, "wrong_code"));
    case SentWord::locked:
      return warning(sentence(frame, "sent_locked"));
    case SentWord::too_many:
      return warning(sentence(frame, "sent_too_many"));
    case SentWord::over:
      return warning(sentence(frame, "sent_over"));
  }
  return {};
}

Html address_form(const PageFrame& frame) {
  return fill(
      "<p>{intro}</p>\n<form method=\"post\" action=\"/sent/code\">{language}"
      "<label for=\"address\">{label}</label>"
      "<input type=\"text\" id=\"address\" name=\"address\" required maxlength=\"254\" "
      "inputmode=\"email\" autocomplete=\"email\" autocapitalize=\"off\" spellcheck=\"false\" "
      "aria-describedby=\"hint\"><p class=\"hint soft\" id=\"hint\">{hint}</p>"
      "<button type=\"submit\" class=\"wide\">{button}</button></form>\n",
      {{"intro", sentence(frame, "sent_intro")},
       {"language", language_field(frame)},
       {"label", sentence(frame, "sent_address_label")},
       {"hint", sentence(frame, "sent_address_hint")},
       {"button", sentence(frame, "code_button")}});
}

Html code_form(const PageFrame& frame, const SentSignIn& page) {
  const std::string hint =
      page.reference.empty()
          ? sentence(frame, "sent_code_hint", {{"minutes", std::to_string(limits::kCodeS / 60)}})
          : sentence(
                frame, "code_sent_hint",
                {{"minutes", std::to_string(limits::kCodeS / 60)}, {"reference", page.reference}});
  return fill(
      "<p role=\"status\">{sent}</p>\n<form method=\"post\" action=\"/sent/login\">{language}"
      "<input type=\"hidden\" name=\"address\" value=\"{address}\">"
      "<input type=\"hidden\" name=\"reference\" value=\"{reference}\">"
      "<label for=\"code\">{label}</label>"
      "<input type=\"text\" class=\"code\" id=\"code\" name=\"code\" required maxlength=\"20\" "
      "inputmode=\"numeric\" autocomplete=\"one-time-code\" spellcheck=\"false\" "
      "aria-describedby=\"hint\"><p class=\"hint soft\" id=\"hint\">{hint}</p>"
      "<button type=\"submit\" class=\"wide\">{button}</button></form>\n"
      "<p><a href=\"/sent\">{again}</a></p>\n",
      {{"sent", sentence(frame, "sent_code_sent", {{"address", page.address}})},
       {"language", language_field(frame)},
       {"address", page.address},
       {"reference", page.reference},
       {"label", sentence(frame, "code_label")},
       {"hint", hint},
       {"button", sentence(frame, "sent_sign_in_button")},
       {"again", sentence(frame, "sent_other_address")}});
}

std::string state_words(const PageFrame& frame, const MessageRow& row) {
  const MessageState state = row.state();
  const std::string name = std::string(delivery::to_string(state));
  const auto shown = row.first(Event::shown);
  if (state == MessageState::opened && shown) {
    return sentence(frame, "sent_state_opened", {{"when", moment_in_words(frame.texts, *shown)}});
  }
  return sentence(frame, "sent_state_" + name);
}

std::string lang_query(const PageFrame& frame, std::string_view before) {
  return frame.language.empty() ? std::string() : std::string(before) + "lang=" + frame.language;
}

Html row_item(const PageFrame& frame, const MessageRow& row) {
  return fill(
      "<li><div class=\"file\"><span><a href=\"/sent/message/{id}{lang}\">{recipient}</a></span>"
      "<span>{state}</span><span class=\"soft\">{sent} \xC2\xB7 {reference}</span></div></li>\n",
      {{"id", row.id.str()},
       {"lang", lang_query(frame, "?")},
       {"recipient", row.recipient},
       {"state", state_words(frame, row)},
       {"sent", day_in_words(frame.texts, row.created())},
       {"reference", row.reference()}});
}

Html state_option(const PageFrame& frame, const std::string& state, const std::string& chosen) {
  return fill(state == chosen ? "<option value=\"{value}\" selected>{name}</option>"
                              : "<option value=\"{value}\">{name}</option>",
              {{"value", state},
               {"name", sentence(frame, "sent_filter_" + (state.empty() ? "all" : state))}});
}

Html filter_form(const PageFrame& frame, const SentList& page) {
  Html options;
  for (const char* state : {"", "unread", "opened", "expired", "retracted"}) {
    options += state_option(frame, state, page.state);
  }
  return fill(
      "<form method=\"get\" action=\"/sent/messages\" class=\"filter\">{language}"
      "<label for=\"to\">{to}</label><input type=\"text\" id=\"to\" name=\"to\" "
      "maxlength=\"254\" value=\"{recipient}\" autocapitalize=\"off\" spellcheck=\"false\">"
      "<label for=\"state\">{state}</label><select id=\"state\" name=\"state\">{options}</select>"
      "<button type=\"submit\" class=\"second\">{button}</button></form>\n",
      {{"language", language_field(frame)},
       {"to", sentence(frame, "sent_filter_to")},
       {"recipient", page.recipient},
       {"state", sentence(frame, "sent_filter_state")},
       {"options", options},
       {"button", sentence(frame, "sent_filter_button")}});
}

Html page_link(const PageFrame& frame, const SentList& page, std::size_t from,
               std::string_view name) {
  return fill(
      "<a href=\"/sent/messages?from={from}&amp;to={to}&amp;state={state}{lang}\">{name}</a> ",
      {{"from", std::to_string(from)},
       {"to", url_encoded(page.recipient)},
       {"state", url_encoded(page.state)},
       {"lang", lang_query(frame, "&")},
       {"name", sentence(frame, name)}});
}

Html paging(const PageFrame& frame, const SentList& page) {
  Html links;
  if (page.from > 0) {
    links += page_link(frame, page, page.from - std::min(page.from, kSentRows), "sent_newer");
  }
  if (page.from + page.rows.size() < page.all) {
    links += page_link(frame, page, page.from + kSentRows, "sent_older");
  }
  return fill("<nav aria-label=\"{label}\"><p>{links}</p></nav>\n",
              {{"label", sentence(frame, "sent_pages")}, {"links", links}});
}

Html sign_out(const PageFrame& frame, const std::string& form_token) {
  return fill(
      "<div class=\"close\"><form method=\"post\" action=\"/sent/logout\">{token}{language}"
      "<button type=\"submit\" class=\"second wide\">{button}</button></form></div>\n",
      {{"token", token_field(form_token)},
       {"language", language_field(frame)},
       {"button", sentence(frame, "sent_sign_out")}});
}

std::string event_words(const PageFrame& frame, const delivery::MessageEvent& event) {
  static constexpr std::array kKnown = {
      Event::noticed,  Event::fetched,    Event::challenged, Event::verified, Event::refused,
      Event::locked,   Event::shown,      Event::downloaded, Event::replied,  Event::retracted,
      Event::expired,  Event::extended,   Event::resent,     Event::unlocked, Event::asked_again,
      Event::reminded, Event::sender_told};
  if (std::find(kKnown.begin(), kKnown.end(), event.event) == kKnown.end()) {
    return {};
  }
  const std::string words = sentence(frame, "event_" + std::string(audit::to_string(event.event)));
  return event.person.empty()
             ? words
             : sentence(frame, "event_by", {{"what", words}, {"person", event.person}});
}

Html events_list(const PageFrame& frame, const MessageRow& row) {
  Html items;
  bool any = false;
  for (const delivery::MessageEvent& event : row.events) {
    const std::string words = event_words(frame, event);
    if (words.empty()) {
      continue;
    }
    any = true;
    items += fill("<li><span class=\"soft\">{when}</span> {what}</li>\n",
                  {{"when", moment_in_words(frame.texts, event.at)}, {"what", words}});
  }
  if (!any) {
    return paragraph(sentence(frame, "sent_no_events"));
  }
  return fill("<ol class=\"events\">\n{items}</ol>\n", {{"items", items}});
}

Html action(const PageFrame& frame, const SentMessage& page, std::string_view what,
            const Html& inside = {}) {
  const std::string name(what);
  return fill(
      "<details><summary>{summary}</summary><p>{text}</p>"
      "<form method=\"post\" action=\"/sent/message/{id}/{what}\">{token}{language}{inside}"
      "<button type=\"submit\">{button}</button></form></details>\n",
      {{"summary", sentence(frame, "sent_" + name + "_title")},
       {"text", sentence(frame, "sent_" + name + "_text")},
       {"id", page.row.id.str()},
       {"what", name},
       {"token", token_field(page.form_token)},
       {"language", language_field(frame)},
       {"inside", inside},
       {"button", sentence(frame, "sent_" + name + "_button")}});
}

Html extend_choice(const PageFrame& frame) {
  Html options;
  for (const int days : kSentExtendDays) {
    options +=
        fill("<option value=\"{days}\">{name}</option>",
             {{"days", std::to_string(days)},
              {"name", sentence(frame, "sent_extend_days", {{"count", std::to_string(days)}})}});
  }
  return fill(
      "<label for=\"days\">{label}</label><select id=\"days\" name=\"days\">{options}</select>",
      {{"label", sentence(frame, "sent_extend_label")}, {"options", options}});
}

Html actions(const PageFrame& frame, const SentMessage& page) {
  const MessageState state = page.row.state();
  Html out;
  if (!page.row.entry || state == MessageState::retracted) {
    return out;
  }
  out += fill("<h2>{heading}</h2>\n", {{"heading", sentence(frame, "sent_actions")}});
  out += action(frame, page, "extend", extend_choice(frame));
  if (state != MessageState::expired) {
    out += action(frame, page, "resend");
    const auto locked = page.row.last(Event::locked);
    const auto verified = page.row.last(Event::verified);
    const auto unlocked = page.row.last(Event::unlocked);
    if (locked && (!verified || *verified < *locked) && (!unlocked || *unlocked < *locked)) {
      out += action(frame, page, "unlock");
    }
  }
  out += action(frame, page, "retract");
  return out;
}

Html fact(const PageFrame& frame, std::string_view label, const std::string& text) {
  return fill("<div><dt>{label}</dt><dd>{text}</dd></div>",
              {{"label", sentence(frame, label)}, {"text", text}});
}

}  // namespace

std::string url_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    out += plain ? std::string(1, c) : "%" + hex(ByteView(&byte, 1));
  }
  return out;
}

std::string sent_sign_in_page(const PageFrame& frame, const SentSignIn& page) {
  Html content = word(frame, page.word);
  content += page.address.empty() ? address_form(frame) : code_form(frame, page);
  return whole_page(frame, sentence(frame, "sent_title"), content);
}

std::string sent_list_page(const PageFrame& frame, const SentList& page) {
  Html content = paragraph(sentence(frame, "sent_of", {{"address", page.address}}));
  content += filter_form(frame, page);
  content += fill("<p role=\"status\">{count}</p>\n",
                  {{"count", sentence(frame, page.all == 1 ? "sent_count_one" : "sent_count",
                                      {{"count", std::to_string(page.all)}})}});
  if (!page.rows.empty()) {
    content += Html::of_markup("<ul class=\"files\">\n");
    for (const MessageRow& row : page.rows) {
      content += row_item(frame, row);
    }
    content += Html::of_markup("</ul>\n");
  }
  if (page.all > page.rows.size()) {
    content += paging(frame, page);
  }
  content += sign_out(frame, page.form_token);
  return whole_page(frame, sentence(frame, "sent_title"), content);
}

std::string sent_message_page(const PageFrame& frame, const SentMessage& page) {
  const MessageRow& row = page.row;
  Html content;
  if (!page.done.empty()) {
    content += fill("<div class=\"warning\" role=\"status\"><p><strong>{done}</strong></p></div>\n",
                    {{"done", sentence(frame, page.done)}});
  }
  Html facts = fact(frame, "sent_to_label", row.recipient);
  facts += fact(frame, "date_label", moment_in_words(frame.texts, row.created()));
  facts += fact(frame, "sent_state_label", state_words(frame, row));
  if (row.entry) {
    facts += fact(frame, "sent_until_label", moment_in_words(frame.texts, row.entry->expires));
  }
  facts += fact(frame, "reference_label", row.reference());
  content += fill("<dl class=\"facts\">{facts}</dl>\n<h2>{heading}</h2>\n",
                  {{"facts", facts}, {"heading", sentence(frame, "sent_events")}});
  content += events_list(frame, row);
  content += actions(frame, page);
  content += fill("<p><a href=\"/sent/messages{lang}\">{back}</a></p>\n",
                  {{"lang", lang_query(frame, "?")}, {"back", sentence(frame, "sent_back")}});
  return whole_page(frame, sentence(frame, "sent_message_title"), content);
}

}  // namespace phimilter::portal
