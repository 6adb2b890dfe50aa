// SPDX-License-Identifier: Apache-2.0
#include "extract/leaf_reader.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "base/encoding.h"
#include "base/limits.h"
#include "extract/charset.h"
#include "extract/content_type.h"
#include "extract/html_text.h"
#include "extract/mime_header.h"
#include "extract/ocr.h"
#include "extract/pdf_reader.h"
#include "extract/picture_size.h"
#include "extract/sealed_content.h"
#include "extract/text_lines.h"
#include "extract/utf8.h"

namespace phimilter::extract {
namespace {

// UTF-32 is the widest: past so many bytes the text is past limits::kPartText for sure.
constexpr std::size_t kTextBytes = 4 * limits::kPartText;
constexpr std::size_t kSignature = 64 * limits::kKiB;

// What stands in clear between the first line of an armoured block and its base64.
std::string armour_comments(std::string_view block) {
  std::string comments;
  take_line(block);
  for (std::string_view line = trim(take_line(block)); !line.empty();
       line = trim(take_line(block))) {
    comments.append("\n").append(line);
  }
  return comments;
}

// Encrypted blocks go out of the text: their base64 is nobody's words. A block that is no encrypted
// message (gpg --sign makes such ones, compressed) hides text from us and from nobody else.
void take_armour_out(LeafText& leaf) {
  bool encrypted = false;
  bool hidden = false;
  std::string kept;
  std::string comments;
  std::string_view rest = leaf.text;
  while (const auto block = find_armoured_message(rest)) {
    kept.append(rest.substr(0, block->encrypted ? block->start : block->start + block->length));
    encrypted = encrypted || block->encrypted;
    comments += block->encrypted ? armour_comments(rest.substr(block->start, block->length)) : "";
    hidden = hidden || !block->encrypted;
    rest.remove_prefix(block->start + block->length);
  }
  hidden = hidden || rest.find("-----BEGIN PGP MESSAGE") != std::string_view::npos;  // no end
  if (!encrypted && !hidden) {
    return;
  }
  kept.append(rest);
  leaf.text = std::move(kept);
  leaf.opaque = hidden ? Opaque::unknown : Opaque::encrypted;
  leaf.all_encrypted = !hidden && trim(leaf.text).empty();
  leaf.text += comments;
}

LeafText read_text(std::string_view all, const std::string& charset, std::string media_type) {
  const std::string_view bytes = all.substr(0, kTextBytes);
  LeafText leaf{std::move(media_type), "", std::nullopt, false, std::nullopt};
  Decoded decoded = decode_charset(bytes, charset);
  if (bytes.size() >= kTextBytes) {
    leaf.opaque = Opaque::limit;
  }
  if (!decoded.certain || !reads_as_text(decoded.text)) {
    leaf.opaque = Opaque::unknown;
  }
  leaf.text = with_line_feeds(std::move(decoded.text));
  take_armour_out(leaf);
  return leaf;
}

LeafText read_html(std::string_view all, const std::string& declared_charset) {
  const std::string_view bytes = all.substr(0, kTextBytes);
  std::string charset = declared_charset.empty() ? html_declared_charset(bytes) : declared_charset;
  // A page whose <meta> could be read as ASCII is not in UTF-16, whatever it says there.
  if (declared_charset.empty() && charset.starts_with("utf-16")) {
    charset.clear();
  }
  const Decoded decoded = decode_charset(bytes, charset);
  const std::string_view html = utf8_prefix(decoded.text, limits::kHtmlBytes);
  LeafText leaf{"text/html", "", std::nullopt, false, std::nullopt};
  if (!decoded.certain) {
    leaf.opaque = Opaque::unknown;
  }
  if (html.size() < decoded.text.size()) {
    leaf.opaque = Opaque::limit;
  }
  HtmlText page = read_html_text(html);
  leaf.text = std::move(page.text);
  leaf.visible = std::move(page.visible);
  leaf.opaque = leaf.opaque ? leaf.opaque : page.opaque;
  take_armour_out(leaf);
  // A page around an armoured block is not a message that its sender has encrypted.
  leaf.all_encrypted = false;
  return leaf;
}

LeafText opaque_leaf(std::string_view media_type, Opaque reason) {
  return {std::string(media_type), "", reason, reason == Opaque::encrypted, std::nullopt};
}

LeafText read_image(const Leaf& leaf, std::string_view type) {
  const bool shown_inline = !leaf.entity.attached || leaf.entity.has_content_id;
  LeafText read{std::string(type), "", std::nullopt, false, std::nullopt};
  if (!shown_inline || !is_decoration(leaf.bytes)) {
    PictureWords words = words_of_picture(leaf.bytes, type, leaf.tools);
    read.text = std::move(words.text);
    if (!words.read) {
      read.opaque = Opaque::image;
    }
  }
  return read;
}

LeafText read_cms(const Leaf& leaf) {
  constexpr std::string_view kType = "application/pkcs7-mime";
  auto cms = parse_cms(leaf.bytes);
  if (!cms) {
    return opaque_leaf(kType, Opaque::broken);
  }
  if (cms->kind == CmsKind::enveloped) {
    return opaque_leaf(kType, Opaque::encrypted);
  }
  if (cms->kind == CmsKind::signed_data && !cms->content.empty()) {
    return {std::string(kType), "", std::nullopt, false, std::move(cms->content)};
  }
  return opaque_leaf(kType, Opaque::unknown);
}

// A detached signature says nothing about a patient, if it is one.
LeafText read_signature(const Leaf& leaf) {
  const std::string_view bytes = leaf.bytes.substr(0, kSignature);
  LeafText read{leaf.entity.media_type, "", std::nullopt, false, std::nullopt};
  const bool pgp = trim(bytes).starts_with("-----BEGIN PGP SIGNATURE-----") &&
                   trim(bytes).ends_with("-----END PGP SIGNATURE-----");
  // Beside base64 there may stand comments.
  for (const std::string_view line : split(pgp ? bytes : std::string_view(), '\n')) {
    const bool told = !trim(line).starts_with("-----") &&
                      trim(line).find_first_of(" :") != std::string_view::npos;
    read.text.append(told ? trim(line) : "").append(told ? "\n" : "");
  }
  const auto cms = pgp ? std::nullopt : parse_cms(bytes);
  if (!pgp && !(cms && cms->kind == CmsKind::signed_data && cms->content.empty())) {
    read.opaque = Opaque::unknown;
  }
  return read;
}

bool is_signature_type(std::string_view type) {
  return type == "application/pgp-signature" || type == "application/pkcs7-signature" ||
         type == "application/x-pkcs7-signature";
}

bool has_name_ending(const Entity& entity, std::initializer_list<std::string_view> endings) {
  return std::any_of(entity.names.begin(), entity.names.end(), [&](const auto& name) {
    const std::string lower = ascii_lower(name);
    return std::any_of(endings.begin(), endings.end(),
                       [&](auto ending) { return lower.ends_with(ending); });
  });
}

bool is_cms_type(const Entity& entity) {
  return entity.media_type == "application/pkcs7-mime" ||
         entity.media_type == "application/x-pkcs7-mime" || has_name_ending(entity, {".p7m"});
}

bool has_text_name(const Entity& entity) {
  return has_name_ending(entity, {".txt", ".csv", ".tsv", ".hl7", ".log", ".md", ".xml", ".json",
                                  ".edi", ".x12", ".ics", ".vcf"});
}

bool has_html_name(const Entity& entity) {
  return has_name_ending(entity, {".html", ".htm", ".xhtml"});
}

bool is_wide(std::string_view bytes) {
  return bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF");
}

// Cut off behind the last line or, without one, anywhere: a character that is cut in two counts as
// good.
bool begins_as_text(std::string_view head) {
  const std::size_t tail = head.size() < kSniffBytes ? 0 : 3;
  const std::string_view whole = utf8_prefix(head, head.size() - std::min(tail, head.size()));
  return is_wide(head) || (is_utf8(whole) && reads_as_text(whole));
}

// A type that says nothing: a file is text if there is nothing in it but text.
LeafText read_untyped(const Leaf& leaf, std::string_view head) {
  const Entity& entity = leaf.entity;
  if (head.empty()) {
    return {entity.media_type, "", std::nullopt, false, std::nullopt};
  }
  if (looks_like_html(head) || has_html_name(entity)) {
    return read_html(leaf.bytes, entity.charset);
  }
  if (has_name_ending(entity, {".eml", ".mht", ".mhtml"})) {
    return {"message/rfc822", "", std::nullopt, false, std::string(leaf.bytes)};
  }
  if (has_text_name(entity)) {
    LeafText read = read_text(leaf.bytes, entity.charset, "text/plain");
    if (has_name_ending(entity, {".ics", ".vcf"})) {
      read.text = unfolded_content_lines(read.text);
    }
    return read;
  }
  if (begins_as_text(head)) {
    const std::string_view bytes = leaf.bytes;
    LeafText text = read_text(bytes, is_wide(head) ? "utf-16" : "utf-8", "text/plain");
    if ((is_wide(head) || is_utf8(bytes)) && text.opaque != Opaque::unknown) {
      return text;
    }
  } else if ((head[0] & 0x80) != 0 && is_encrypted_openpgp(leaf.bytes)) {
    return opaque_leaf("application/pgp-encrypted", Opaque::encrypted);
  }
  return opaque_leaf(entity.media_type, Opaque::unknown);
}

LeafText read_declared_text(const Leaf& leaf) {
  const Entity& entity = leaf.entity;
  LeafText read = read_text(leaf.bytes, entity.charset, entity.media_type);
  if (entity.flowed && entity.media_type == "text/plain") {
    read.text = unflowed(read.text, entity.delete_space);
  } else if (entity.media_type == "text/calendar" || entity.media_type == "text/vcard" ||
             entity.media_type == "text/x-vcard") {
    read.text = unfolded_content_lines(read.text);
  } else if (entity.media_type == "text/enriched" || entity.media_type == "text/richtext") {
    read.opaque = read.opaque.value_or(Opaque::unknown);  // its tags may stand inside words
  }
  return read;
}

Document document_of(const Leaf& leaf) {
  const Entity& entity = leaf.entity;
  const std::string_view name = entity.names.empty() ? "" : std::string_view(entity.names.front());
  return {leaf.bytes, entity.media_type, entity.charset, name, leaf.tools, leaf.bytes};
}

const Format* format_of(const Document& document) {
  const auto all = formats();
  const auto known = std::find_if(all.begin(), all.end(),
                                  [&](const Format& format) { return format.is(document); });
  return known == all.end() ? nullptr : &*known;
}

// Bytes of a known binary format, whatever the part is called.
LeafText read_known_bytes(const Leaf& leaf, const Format* format, std::string_view type,
                          ReadingSink& sink) {
  LeafText read = opaque_leaf(type, Opaque::unknown);
  if (type.starts_with("image/")) {
    read = read_image(leaf, type);
  } else if (type == "application/pdf") {
    read = read_pdf(leaf.bytes, leaf.tools, sink);
  } else if (format != nullptr) {
    read = {std::string(format->media_type), "", std::nullopt, false, std::nullopt};
  }
  // Bytes can be two things at once, a picture and an archive: they are read as both.
  if (format != nullptr) {
    format->read(document_of(leaf), sink);
  }
  // A reader that goes by the declared type or the name shows the bytes as text, so that is read
  // too.
  const Entity& entity = leaf.entity;
  const bool declared = is_textual_type(entity.media_type);
  if (declared || has_text_name(entity) || has_html_name(entity)) {
    const bool html = entity.media_type == "text/html" || has_html_name(entity);
    read.text += '\n';
    read.text += html ? read_html(leaf.bytes, entity.charset).text
                      : read_text(leaf.bytes, entity.charset, "").text;
    read.all_encrypted = false;
  }
  if (declared) {
    read.opaque = read.opaque.value_or(Opaque::unknown);
  }
  return read;
}

}  // namespace

LeafText read_leaf(const Leaf& leaf, ReadingSink& sink) {
  const Entity& entity = leaf.entity;
  const std::string_view head = leaf.bytes.substr(0, kSniffBytes);
  const std::string_view type = type_by_content(head);
  const Format* format = format_of(document_of(leaf));
  if (format != nullptr || !type.empty()) {
    return read_known_bytes(leaf, format, type, sink);
  }
  if (is_cms_type(entity)) {
    return read_cms(leaf);
  }
  if (is_signature_type(entity.media_type)) {
    return read_signature(leaf);
  }
  if (entity.media_type == "text/html" || entity.media_type == "application/xhtml+xml") {
    return read_html(leaf.bytes, entity.charset);
  }
  if (is_textual_type(entity.media_type)) {
    return read_declared_text(leaf);
  }
  if (entity.media_type == "message/rfc822" || entity.media_type == "message/global") {
    return {entity.media_type, "", std::nullopt, false, std::string(leaf.bytes)};
  }
  if (entity.media_type == "message/partial" || entity.media_type == "message/external-body") {
    return opaque_leaf(entity.media_type, Opaque::unknown);
  }
  return read_untyped(leaf, head);
}

bool is_pgp_mime(const Leaf& control, const Leaf& data) {
  const std::string_view version = control.bytes.substr(0, kSniffBytes);
  if (control.entity.media_type != "application/pgp-encrypted" || trim(version) != "Version: 1") {
    return false;
  }
  const std::string_view bytes = data.bytes;
  if (is_encrypted_openpgp(bytes)) {
    return true;
  }
  const std::string_view armour = trim(bytes);
  const auto block = find_armoured_message(armour);
  return block && block->encrypted && block->start == 0 && block->length == armour.size();
}

}  // namespace phimilter::extract
