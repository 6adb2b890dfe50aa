// SPDX-License-Identifier: Apache-2.0
#include "extract/message_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/limits.h"
#include "extract/test_data.h"

namespace phimilter::extract {
namespace {

using std::string_literals::operator""s;

class MessageReader : public testing::Test {
 protected:
  static void SetUpTestSuite() { warm_up(); }

  static std::string text_at(const MessageText& message, std::string_view path) {
    const auto* part = part_at(message, path);
    return part == nullptr ? "(no such part)" : part->text;
  }
  static MessageText read_leaf(const std::string& fields, const std::string& body) {
    return read_message("Subject: x\r\n" + fields + "\r\n" + body);
  }
};

TEST_F(MessageReader, PlainTextOfEveryTransferEncoding) {
  struct Case {
    const char* file;
    const char* text;
  };
  const Case cases[] = {
      {"plain-quoted-printable.eml", "Patient: Jürgen Großmann\nGlucose 212 mg/dL – high\n"},
      {"plain-latin1-base64.eml", "Patient: María Peña\nHbA1c 9.1 %\n"},
      {"plain-8bit.eml", "Patient: Jürgen Großmann\n"},
  };
  for (const auto& test : cases) {
    const MessageText message = read_message(test_file(test.file));
    ASSERT_EQ(message.parts.size(), 2U) << test.file;
    EXPECT_EQ(message.parts[1].text, test.text);
    EXPECT_EQ(message.parts[1].kind, PartKind::body);
    EXPECT_EQ(message.parts[1].opaque, std::nullopt);
    EXPECT_EQ(message.parts[1].path, "1");
  }
}

TEST_F(MessageReader, HeaderFieldsAreOnePart) {
  const MessageText message = read_message(test_file("headers.eml"));
  EXPECT_EQ(message.parts[0].kind, PartKind::header);
  EXPECT_EQ(message.parts[0].text,
            "From: Jürgen <j@clinic.example>\n"
            "Subject: Результат анализа крови для Ольги Ивановой, дата рождения 04.03.1961\n"
            "Comments: folded here\n"
            "X-Raw: café au lait\n"
            "X-Utf8: café\n"
            "X-Cut: né\n"
            "X-Quoted: \"€ 5\"\n");
}

TEST_F(MessageReader, FileNames) {
  const MessageText message = read_message(test_file("file-names.eml"));
  const auto* names = part_at(message, "names");
  ASSERT_NE(names, nullptr);
  EXPECT_EQ(names->kind, PartKind::file_name);
  EXPECT_EQ(
      names->text,
      "Befund Jürgen Großmann.bin\nPeña María.bin\nОлег.bin\nSehr langer Name; mit Größe.bin\n");
  EXPECT_EQ(count_opaque(message, Opaque::unknown), 4U);
}

TEST_F(MessageReader, EveryPartOfANestedMessage) {
  const MessageText message = read_message(test_file("nested.eml"));
  EXPECT_EQ(text_at(message, "1.1"), "Text: potassium 6.1\n");
  EXPECT_EQ(text_at(message, "1.2.1"),
            "HTML: potassium\xC2\xA0"
            "6.1\nNa\t131\n");
  EXPECT_EQ(part_at(message, "1.2.1")->kind, PartKind::body);
  EXPECT_EQ(part_at(message, "1.2.2")->opaque, std::nullopt);  // a logo is recorded
  EXPECT_EQ(part_at(message, "1.2.2")->media_type, "image/png");
  EXPECT_EQ(text_at(message, "2"), "name,result\nOlga Ivanova,positive\n");
  EXPECT_EQ(part_at(message, "2")->kind, PartKind::attachment);
  EXPECT_EQ(part_at(message, "3")->media_type, "application/pdf");  // by its bytes
  EXPECT_EQ(part_at(message, "3")->opaque, Opaque::unknown);
  EXPECT_NE(text_at(message, "4/headers").find("Subject: Fwd: Olga\n"), std::string::npos);
  EXPECT_EQ(text_at(message, "4/1"), "Inner text about Olga\n");
  EXPECT_EQ(text_at(message, "names"), "Ergebnis Größe.csv\nreport.pdf\n");
  EXPECT_EQ(count_opaque(message, Opaque::ambiguous), 0U);
}

TEST_F(MessageReader, EncryptedOnlyByItsBytes) {
  struct Case {
    const char* file;
    bool already_encrypted;
    std::size_t encrypted_parts;
  };
  const Case cases[] = {
      {"pgp-mime.eml", true, 1},
      {"pgp-inline.eml", true, 1},
      {"smime-cbc.eml", true, 1},
      {"smime-gcm.eml", true, 1},
      {"smime-stream.eml", true, 1},
      {"pgp-inline-with-text.eml", false, 1},
      {"pgp-mime-text-in-control.eml", false, 1},
      {"pgp-mime-text-inside.eml", false, 0},
      {"pgp-mime-signed-inside.eml", false, 0},
      {"pgp-clear-signed.eml", false, 0},
      {"smime-signed-opaque.eml", false, 0},
      {"smime-signed-clear.eml", false, 0},
  };
  for (const auto& test : cases) {
    const MessageText message = read_message(test_file(test.file));
    EXPECT_EQ(message.already_encrypted, test.already_encrypted) << test.file;
    EXPECT_EQ(count_opaque(message, Opaque::encrypted), test.encrypted_parts) << test.file;
    EXPECT_NE(text_at(message, "headers").find("a@clinic.example"), std::string::npos) << test.file;
  }
}

TEST_F(MessageReader, WhatStandsBesideOrInsideIsRead) {
  EXPECT_EQ(text_at(read_message(test_file("pgp-inline-with-text.eml")), "1"),
            "Olga is positive\n\nbye\n");
  EXPECT_EQ(text_at(read_message(test_file("pgp-mime-text-inside.eml")), "2"),
            "Patient: Olga Ivanova\n");
  EXPECT_EQ(text_at(read_message(test_file("smime-signed-opaque.eml")), "1/1"),
            "signed words about Olga\n");
  const MessageText clear = read_message(test_file("smime-signed-clear.eml"));
  EXPECT_EQ(text_at(clear, "1"), "signed words about Olga\n");
  EXPECT_EQ(part_at(clear, "2")->opaque, std::nullopt);
  // Signed and compressed by gpg --sign: everybody can read it, but not here.
  EXPECT_EQ(count_opaque(read_message(test_file("pgp-mime-signed-inside.eml")), Opaque::unknown),
            1U);
}

TEST_F(MessageReader, AnEncryptedMessageWithMoreAroundItIsNotExempt) {
  const std::string message = test_file("pgp-mime.eml");
  const std::string boundary = "\r\n--b--\r\n";
  const std::size_t end = message.rfind(boundary);
  ASSERT_NE(end, std::string::npos);
  const std::string third_part =
      message.substr(0, end) + "\r\n--b\r\n\r\nPatient: Olga Ivanova\r\n--b--\r\n";
  EXPECT_FALSE(read_message(third_part).already_encrypted);
  const std::string epilogue = message + std::string(300, 'x');
  EXPECT_FALSE(read_message(epilogue).already_encrypted);
  const std::string two_types = "Content-Type: text/plain\r\n" + message;
  EXPECT_FALSE(read_message(two_types).already_encrypted);
}

TEST_F(MessageReader, WhatCannotBeRead) {
  struct Case {
    const char* type;
    std::string bytes;
    Opaque reason;
  };
  const std::string binary = "\x01\x02\x03\x04\x05\x06\x07\x08"s;
  const Case cases[] = {
      {"application/octet-stream", binary, Opaque::unknown},
      {"application/x-made-up", binary, Opaque::unknown},
      {"application/pdf", "%PDF-1.4\nx", Opaque::unknown},
      {"text/plain", "%PDF-1.4\nx", Opaque::unknown},
      {"text/plain", binary, Opaque::unknown},
      {"text/plain", "-----BEGIN PGP MESSAGE-----\n\nowGbwMvM\n", Opaque::unknown},
      {"application/octet-stream", "PK\x03\x04\x14\x00\x00\x00"s, Opaque::broken},
      {"application/octet-stream", "PK\x03\x04\x14\x00\x01\x00"s, Opaque::broken},
      {"application/msword", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"s, Opaque::broken},
      {"application/pkcs7-mime", "no CMS", Opaque::broken},
      {"application/pgp-signature", "Patient: Olga", Opaque::unknown},
      {"message/partial; id=x; number=1", "Patient: Olga", Opaque::unknown},
      {"image/png", "\x89PNG\r\n\x1A\n"s + std::string(60'000, 'x'), Opaque::image},
      {"multipart/mixed; boundary=none", "", Opaque::broken},
  };
  for (const auto& test : cases) {
    const MessageText message = read_leaf("Content-Type: "s + test.type + "\r\n", test.bytes);
    EXPECT_EQ(count_opaque(message, test.reason), 1U)
        << test.type << ' ' << test.bytes.substr(0, 20);
  }
}

TEST_F(MessageReader, TextUnderOtherNames) {
  struct Case {
    const char* fields;
    std::string bytes;
    const char* text;
  };
  const Case cases[] = {
      {"Content-Type: application/octet-stream\r\n", "name,mrn\r\nOlga,1\r\n",
       "name,mrn\nOlga,1\n"},
      {"Content-Type: application/octet-stream; name=a.csv\r\n",
       "Pe\xF1"
       "a,1\r\n",
       "Peña,1\n"},
      {"Content-Type: application/octet-stream\r\n", "<html><p>a<p>b</html>", "a\nb"},
      {"Content-Type: application/json\r\n", "{\"mrn\":1}", "{\"mrn\":1}"},
      {"Content-Type: application/hl7-v2\r\n", "MSH|^~\\&|\rPID|1|\r", "MSH|^~\\&|\nPID|1|\n"},
      {"Content-Type: text/csv\r\n",
       "\xFF\xFE"
       "a\0,\0"s,
       "a,"},
      {"Content-Type: text/html\r\n", "<meta charset=iso-8859-2><p>\xB3uk</p>", "łuk\n"},
      {"Content-Type: text/html\r\n", "<meta charset=utf-16le><p>plain</p>", "plain\n"},
      {"Content-Type: text/plain; format=flowed; delsp=yes\r\n", "481 \r\n516\r\n", "481516\n"},
      {"Content-Type: nonsense\r\n", "still read", "still read"},
  };
  for (const auto& test : cases) {
    const MessageText message = read_leaf(test.fields, test.bytes);
    std::string shown = text_at(message, "1");
    if (shown.ends_with('\n') && !std::string_view(test.text).ends_with('\n')) {
      shown.pop_back();
    }
    EXPECT_EQ(
        shown + (std::string_view(test.text).ends_with('\n') && !shown.ends_with('\n') ? "\n" : ""),
        test.text)
        << test.fields;
    EXPECT_EQ(part_at(message, "1")->opaque, std::nullopt) << test.fields;
  }
}

TEST_F(MessageReader, SmallImagesAreRecordedOnlyWhereTheyAreShownInline) {
  const std::string png = "\x89PNG\r\n\x1A\n\0\0\0\rIHDR\0\0\0\4\0\0\0\4"s;
  EXPECT_EQ(part_at(read_leaf("Content-Type: image/png\r\n", png), "1")->opaque, std::nullopt);
  EXPECT_EQ(
      part_at(read_leaf("Content-Type: image/png\r\nContent-Disposition: attachment\r\n", png), "1")
          ->opaque,
      Opaque::image);
  // A page of text may be small, too, and is no decoration: 620 by 877 points, and a fax.
  const std::string page = "\x89PNG\r\n\x1A\n\0\0\0\rIHDR\0\0\2\x6C\0\0\3\x6D"s;
  EXPECT_EQ(part_at(read_leaf("Content-Type: image/png\r\n", page), "1")->opaque, Opaque::image);
  EXPECT_EQ(part_at(read_leaf("Content-Type: image/tiff\r\n", "II*\0\x08\0\0\0"s), "1")->opaque,
            Opaque::image);
  // What says it is an image and is not may be anything.
  EXPECT_EQ(part_at(read_leaf("Content-Type: image/png\r\n", "\x01\x02\x03"), "1")->opaque,
            Opaque::unknown);
}

TEST_F(MessageReader, ABase64MessageIsReadToo) {
  // python3: base64.b64encode(b"Subject: Olga\r\n\r\ninner words\r\n")
  const MessageText message =
      read_leaf("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n",
                "U3ViamVjdDogT2xnYQ0KDQppbm5lciB3b3Jkcw0K\r\n");
  EXPECT_EQ(text_at(message, "1/headers"), "Subject: Olga\n");
  EXPECT_EQ(text_at(message, "1/1"), "inner words\n");
}

TEST_F(MessageReader, ThingsThatAreHardlyMessages) {
  for (const std::string& bytes :
       {""s, "\r\n"s, "\n\nbody"s, "no header at all"s, ":\r\n\r\n"s, std::string(1000, '\0'),
        "Content-Type: multipart/mixed; boundary=\r\n\r\n--\r\n--\r\n"s,
        "Content-Type: message/rfc822\r\n\r\n"s, "Subject: x"s}) {
    const MessageText message = read_message(bytes);
    ASSERT_FALSE(message.parts.empty());
    EXPECT_EQ(message.parts[0].kind, PartKind::header);
    EXPECT_FALSE(message.already_encrypted);
  }
}

}  // namespace
}  // namespace phimilter::extract
