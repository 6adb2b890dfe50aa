// SPDX-License-Identifier: Apache-2.0
#include "protect/notice_texts.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "base/toml_reader.h"

namespace phimilter::protect {
namespace {

constexpr std::pair<std::string_view, std::string NoticeTexts::*> kSentences[] = {
    {"below", &NoticeTexts::below},
    {"subject", &NoticeTexts::subject},
    {"subject_reminder", &NoticeTexts::subject_reminder},
    {"subject_expiring", &NoticeTexts::subject_expiring},
    {"greeting", &NoticeTexts::greeting},
    {"what", &NoticeTexts::what},
    {"what_reminder", &NoticeTexts::what_reminder},
    {"what_expiring", &NoticeTexts::what_expiring},
    {"how", &NoticeTexts::how},
    {"button", &NoticeTexts::button},
    {"link_label", &NoticeTexts::link_label},
    {"no_link", &NoticeTexts::no_link},
    {"until", &NoticeTexts::until},
    {"reference", &NoticeTexts::reference},
    {"unsure_with_phone", &NoticeTexts::unsure_with_phone},
    {"unsure", &NoticeTexts::unsure},
    {"never", &NoticeTexts::never},
    {"closing", &NoticeTexts::closing},
    {"date_form", &NoticeTexts::date_form},
};

NoticeTexts read_texts(std::string language, std::string_view content) {
  auto document = TomlDocument::parse(content, "notice_" + language + ".toml");
  require(document.has_value(), "notice texts are no TOML");
  NoticeTexts texts;
  texts.language = std::move(language);
  TomlTable root = document->root();
  for (const auto& [name, place] : kSentences) {
    auto sentence = root.text(name);
    require(sentence && !sentence->empty(), "a sentence of the notice is missing");
    texts.*place = std::move(*sentence);
  }
  const std::string months = root.text("months").value_or("");
  const auto names = split(months, ',');
  require(names.size() == texts.months.size(), "a month of the notice has no name");
  std::ranges::transform(names, texts.months.begin(),
                         [](std::string_view name) { return std::string(trim(name)); });
  root.finish();
  require(document->status().has_value(), "notice texts hold something unknown");
  return texts;
}

}  // namespace

const std::vector<NoticeTexts>& notice_texts() {
  static const std::vector<NoticeTexts> kAll = {read_texts("en", embedded::kNoticeEn),
                                                read_texts("es", embedded::kNoticeEs)};
  return kAll;
}

}  // namespace phimilter::protect
