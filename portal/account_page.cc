// SPDX-License-Identifier: Apache-2.0
#include "portal/account_page.h"

#include "base/limits.h"
#include "portal/qr_code.h"

namespace phimilter::portal {
namespace {

Html notice_of(const PageFrame& frame, const AccountNotice& notice) {
  return notice.key.empty() ? Html() : warning(sentence(frame, notice.key, notice.arguments));
}

struct Field {
  std::string_view name, type, autocomplete, label;
  std::string_view hint{};
  TextArguments arguments{};
  std::string value{};
  bool required = true;
};

Html field(const PageFrame& frame, const Field& given) {
  Html hint;
  if (!given.hint.empty()) {
    hint = fill("<p class=\"hint soft\" id=\"{name}-hint\">{text}</p>",
                {{"name", std::string(given.name)},
                 {"text", sentence(frame, given.hint, given.arguments)}});
  }
  const Html described = given.hint.empty() ? Html()
                                            : fill(" aria-describedby=\"{name}-hint\"",
                                                   {{"name", std::string(given.name)}});
  return fill(
      "<label for=\"{name}\">{label}</label><input type=\"{type}\" id=\"{name}\" name=\"{name}\" "
      "autocomplete=\"{autocomplete}\" maxlength=\"{longest}\" value=\"{value}\" "
      "autocapitalize=\"off\" autocorrect=\"off\" spellcheck=\"false\"{required}{described}>"
      "{hint}<p></p>\n",
      {{"name", std::string(given.name)},
       {"label", sentence(frame, given.label)},
       {"type", std::string(given.type)},
       {"autocomplete", std::string(given.autocomplete)},
       {"longest", std::to_string(limits::kAddressBytes)},
       {"value", given.value},
       {"required", given.required ? Html::of_markup(" required") : Html()},
       {"described", described},
       {"hint", hint}});
}

Field passphrase_field() {
  return {"passphrase", "password", "current-password", "account_passphrase_label"};
}

Field new_passphrase_field(std::size_t shortest) {
  return {"new_passphrase",
          "password",
          "new-password",
          "account_new_passphrase_label",
          "account_passphrase_hint",
          {{"count", std::to_string(shortest)}}};
}

struct Form {
  std::string path;
  std::string token;  // empty: the form needs none
  std::string_view button;
  bool second = false;
};

Html form(const PageFrame& frame, const Form& given, const Html& fields) {
  return fill(
      "<form method=\"post\" action=\"{path}\">{language}{token}{fields}"
      "<button type=\"submit\" class=\"{class}\">{button}</button></form>\n",
      {{"path", given.path},
       {"language", language_field(frame)},
       {"token", given.token.empty() ? Html() : token_field(given.token)},
       {"fields", fields},
       {"class", given.second ? "second wide" : "wide"},
       {"button", sentence(frame, given.button)}});
}

Html heading(const PageFrame& frame, std::string_view key) {
  return fill("<h2>{text}</h2>\n", {{"text", sentence(frame, key)}});
}

Html link(const PageFrame& frame, const std::string& path, std::string_view key) {
  return fill("<p><a href=\"{path}\">{text}</a></p>\n",
              {{"path", path}, {"text", sentence(frame, key)}});
}

// One form that asks for the passphrase again and does one thing.
Html passphrase_form(const PageFrame& frame, const Form& given, std::string_view text,
                     Html more = {}) {
  Html out = paragraph(sentence(frame, text));
  Html fields = field(frame, passphrase_field());
  fields += more;
  out += form(frame, given, fields);
  return out;
}

Html way_in(const PageFrame& frame, const std::string& token, const ListedMessage& message) {
  if (message.link_needed) {
    return fill("<p class=\"soft\">{text}</p>", {{"text", sentence(frame, "account_link_needed")}});
  }
  return fill(
      "<form method=\"post\" action=\"{path}/open\">{token}{language}"
      "<button type=\"submit\" class=\"second\" aria-label=\"{label}\">{open}</button></form>",
      {{"path", message.path},
       {"token", token_field(token)},
       {"language", language_field(frame)},
       {"label", sentence(frame, "account_open_label", {{"reference", message.reference}})},
       {"open", sentence(frame, "account_open_button")}});
}

}  // namespace

AccountNotice refused_notice(PassphraseFault fault, std::size_t shortest) {
  switch (fault) {
    case PassphraseFault::too_short:
      return {"account_too_short", {{"count", std::to_string(shortest)}}};
    case PassphraseFault::too_long:
      return {"account_too_long", {{"count", std::to_string(kLongestPassphrase)}}};
    case PassphraseFault::about_you:
      return {"account_about_you"};
    case PassphraseFault::common:
      return {"account_too_common"};
    case PassphraseFault::none:
      break;
  }
  return {"account_wrong_passphrase"};
}

std::string sign_in_page(const PageFrame& frame, const AccountNotice& notice) {
  Html content = notice_of(frame, notice);
  content += paragraph(sentence(frame, "account_intro"));
  Html fields = field(frame, {"address", "email", "username", "account_address_label"});
  fields += field(frame, passphrase_field());
  fields += field(frame, {.name = "code",
                          .type = "text",
                          .autocomplete = "one-time-code",
                          .label = "account_code_label",
                          .hint = "account_code_hint",
                          .required = false});
  content += form(frame, {"/account/signin", {}, "account_sign_in_button"}, fields);
  content += link(frame, "/account/forgotten", "account_forgotten_link");
  return whole_page(frame, sentence(frame, "account_sign_in_title"), content);
}

std::string message_list_page(const PageFrame& frame, const std::string& token,
                              const std::vector<ListedMessage>& messages) {
  Html content;
  if (messages.empty()) {
    content += paragraph(sentence(frame, "account_no_messages"));
  }
  Html items;
  for (const ListedMessage& message : messages) {
    items += fill(
        "<li><div class=\"file\"><span><strong>{from}</strong></span><span class=\"soft\">{date}, "
        "{reference}</span></div>{way}</li>\n",
        {{"from", message.from},
         {"date", message.date},
         {"reference", message.reference},
         {"way", way_in(frame, token, message)}});
  }
  if (!messages.empty()) {
    content += fill("<ul class=\"files\">\n{items}</ul>\n", {{"items", items}});
  }
  content += link(frame, "/account/settings", "account_settings_link");
  content += form(frame, {"/account/signout", token, "account_sign_out_button"}, {});
  return whole_page(frame, sentence(frame, "account_title"), content);
}

std::string settings_page(const PageFrame& frame, const std::string& token,
                          const AccountSettings& settings, const AccountNotice& notice) {
  Html content = notice_of(frame, notice);
  content += paragraph(sentence(frame, "account_is_for", {{"address", settings.address}}));
  content += heading(frame, "account_authenticator_heading");
  if (settings.authenticator) {
    content += paragraph(sentence(frame, "account_recovery_left",
                                  {{"count", std::to_string(settings.recovery_left)}}));
    content += passphrase_form(
        frame, {"/account/authenticator/remove", token, "account_authenticator_remove", true},
        "account_authenticator_on");
  }
  content += passphrase_form(
      frame, {"/account/authenticator", token, "account_authenticator_button", true},
      settings.authenticator ? "account_authenticator_anew" : "account_authenticator_text");
  content += heading(frame, "account_change_heading");
  content +=
      passphrase_form(frame, {"/account/passphrase", token, "account_change_button", true},
                      "account_change_text", field(frame, new_passphrase_field(settings.shortest)));
  content += heading(frame, "account_everywhere_heading");
  content += paragraph(sentence(frame, "account_everywhere_text"));
  content += form(frame, {"/account/everywhere", token, "account_everywhere_button", true}, {});
  content += heading(frame, "account_remove_heading");
  content += passphrase_form(frame, {"/account/remove", token, "account_remove_button", true},
                             "account_remove_text");
  content += link(frame, "/account", "account_back_link");
  return whole_page(frame, sentence(frame, "account_settings_title"), content);
}

std::string authenticator_page(const PageFrame& frame, const std::string& token,
                               std::string_view uri, std::string_view secret,
                               const AccountNotice& notice) {
  Html content = notice_of(frame, notice);
  content += paragraph(sentence(frame, "account_scan_text"));
  content += qr_code(uri, sentence(frame, "account_scan_label"));
  content +=
      fill("<p>{text} <strong class=\"secret\">{secret}</strong></p>\n",
           {{"text", sentence(frame, "account_secret_text")}, {"secret", std::string(secret)}});
  content += form(frame, {"/account/authenticator/confirm", token, "account_confirm_button"},
                  field(frame, {"code", "text", "one-time-code", "account_confirm_label"}));
  content += link(frame, "/account/settings", "account_not_now_link");
  return whole_page(frame, sentence(frame, "account_authenticator_heading"), content);
}

std::string recovery_page(const PageFrame& frame, const std::vector<std::string>& codes) {
  Html content = paragraph(sentence(frame, "account_recovery_text"));
  Html items;
  for (const std::string& code : codes) {
    items += fill("<li><code>{code}</code></li>\n", {{"code", code}});
  }
  content += fill("<ul class=\"codes\">\n{items}</ul>\n", {{"items", items}});
  content += link(frame, "/account", "account_back_link");
  return whole_page(frame, sentence(frame, "account_recovery_title"), content);
}

std::string new_account_page(const PageFrame& frame, const std::string& token,
                             const std::string& link_path, const AccountSettings& settings,
                             const AccountNotice& notice) {
  Html content = notice_of(frame, notice);
  content += paragraph(sentence(frame, "account_new_text"));
  content += paragraph(sentence(frame, "account_is_for", {{"address", settings.address}}));
  Html fields = fill(
      "<input type=\"email\" name=\"username\" autocomplete=\"username\" value=\"{address}\" "
      "hidden>",
      {{"address", settings.address}});
  fields += field(frame, new_passphrase_field(settings.shortest));
  content += form(frame, {link_path + "/account", token, "account_new_button"}, fields);
  content += link(frame, link_path + "/message", "account_not_now_link");
  return whole_page(frame, sentence(frame, "account_new_title"), content);
}

std::string forgotten_page(const PageFrame& frame) {
  Html content = paragraph(sentence(frame, "account_forgotten_text"));
  content += form(frame, {"/account/forgotten", {}, "account_forgotten_button"},
                  field(frame, {"address", "email", "username", "account_address_label"}));
  content += link(frame, "/account", "account_back_link");
  return whole_page(frame, sentence(frame, "account_forgotten_title"), content);
}

std::string reset_page(const PageFrame& frame, std::string_view address, std::size_t shortest,
                       const AccountNotice& notice) {
  Html content = notice_of(frame, notice);
  content += fill("<p role=\"status\">{text}</p>\n",
                  {{"text", sentence(frame, "account_reset_text",
                                     {{"minutes", std::to_string(limits::kCodeS / 60)}})}});
  Html fields = field(frame, {.name = "address",
                              .type = "email",
                              .autocomplete = "username",
                              .label = "account_address_label",
                              .value = std::string(address)});
  fields += field(frame, {"code", "text", "one-time-code", "code_label"});
  fields += field(frame, new_passphrase_field(shortest));
  content += form(frame, {"/account/reset", {}, "account_reset_button"}, fields);
  content += paragraph(sentence(frame, "account_reset_help"));
  return whole_page(frame, sentence(frame, "account_forgotten_title"), content);
}

std::string account_word_page(const PageFrame& frame, const AccountNotice& title,
                              const AccountNotice& text) {
  Html content = paragraph(sentence(frame, text.key, text.arguments));
  content += link(frame, "/account", "account_back_link");
  return whole_page(frame, sentence(frame, title.key, title.arguments), content);
}

}  // namespace phimilter::portal
