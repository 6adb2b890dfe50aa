// SPDX-License-Identifier: Apache-2.0
#include "portal/multipart_form.h"

#include <gtest/gtest.h>

namespace phimilter::portal {
namespace {

std::string part(const std::string& header, const std::string& bytes) {
  return "--b7\r\nContent-Disposition: form-data; " + header + "\r\n\r\n" + bytes + "\r\n";
}

TEST(MultipartForm, ReadsFieldsAndFilesAsTheyAre) {
  const std::string bytes("\r\n--b\0\r\n--", 10);
  const std::string body =
      part("name=\"token\"", "abc") + part("name=\"text\"", "two\r\nlines & more") +
      "--b7\r\ncontent-disposition:form-data; filename=\"a;name=\\x%22.pdf\"; "
      "name=\"files\"\r\nContent-Type: Application/PDF; x=y\r\n\r\n" +
      bytes + "\r\n" + part("name=\"files\"; filename=\"\u00fc \u4e2d.txt\"", "") +
      part("name=\"files\"; filename=\"\"", "") + "--b7--\r\n";
  const auto form = parse_multipart(body, "b7");
  ASSERT_TRUE(form.has_value());
  EXPECT_EQ(form->fields, (Fields{{"token", "abc"}, {"text", "two\r\nlines & more"}}));
  ASSERT_EQ(form->files.size(), 2U) << "where none was chosen there is none";
  EXPECT_EQ(form->files[0].name, "a;name=\\x%22.pdf");
  EXPECT_EQ(form->files[0].field, "files");
  EXPECT_EQ(form->files[0].type, "application/pdf");
  EXPECT_EQ(form->files[0].bytes, bytes);
  EXPECT_EQ(form->files[1].name, "\u00fc \u4e2d.txt");
  EXPECT_TRUE(parse_multipart("--b7--\r\n", "b7").has_value());
}

TEST(MultipartForm, BrokenBodiesAreNone) {
  const std::string fine = part("name=\"a\"", "1") + "--b7--\r\n";
  ASSERT_TRUE(parse_multipart(fine, "b7").has_value());
  std::string many;
  for (std::size_t i = 0; i <= kFormParts; ++i) {
    many += part("name=\"a" + std::to_string(i) + "\"", "1");
  }
  for (const std::string& broken :
       {std::string(), std::string("x"), fine.substr(0, fine.size() - 4), fine.substr(0, 20),
        "x" + fine, part("name=\"a\"", "1") + fine, part("nam=\"a\"", "1") + "--b7--",
        std::string("--b7\r\nno colon\r\n\r\n1\r\n--b7--"),
        std::string("--b7\r\nContent-Type: a/b\r\n\r\n1\r\n--b7--"),
        part("name=\"a", "1") + "--b7--", many + "--b7--",
        part("name=\"a\"", std::string("1\0", 2)) + "--b7--",
        part("name=\"a\"", std::string(kFormFieldBytes + 1, '1')) + "--b7--",
        "--b7\r\nX: " + std::string(5000, 'x') + "\r\n" + fine.substr(6)}) {
    EXPECT_FALSE(parse_multipart(broken, "b7").has_value()) << broken.substr(0, 60);
  }
}

// Sixty photos: what was typed is not lost with them.
TEST(MultipartForm, TooManyFilesLeaveTheFields) {
  std::string body = part("name=\"text\"", "typed");
  for (std::size_t i = 0; i < kFormFiles; ++i) {
    body += part("name=\"files\"; filename=\"a.jpg\"", "1");
  }
  const auto most = parse_multipart(body + "--b7--\r\n", "b7");
  ASSERT_TRUE(most.has_value());
  EXPECT_EQ(most->files.size(), kFormFiles);
  EXPECT_FALSE(most->too_many);
  for (int i = 0; i < 30; ++i) {
    body += part("name=\"files\"; filename=\"a.jpg\"", "1");
  }
  body += "--b7--\r\n";
  const auto more = parse_multipart(body, "b7");
  ASSERT_TRUE(more.has_value());
  EXPECT_TRUE(more->too_many && more->files.empty());
  EXPECT_EQ(more->fields.at("text"), "typed");
  RawRequest raw;
  raw.method = Method::post;
  raw.target = "/m/x/reply";
  raw.headers = {{"Content-Type", "multipart/form-data; boundary=b7"}};
  raw.body = body;
  const Request request = understand(raw, {1'000'000});
  EXPECT_TRUE(request.too_large && !request.malformed && request.files.empty());
  EXPECT_EQ(request.form.at("text"), "typed");
}

TEST(MultipartForm, BoundariesAreOfTheirForm) {
  EXPECT_EQ(form_boundary("multipart/form-data; boundary=----WebKitFormBoundary7MA4"),
            "----WebKitFormBoundary7MA4");
  EXPECT_EQ(form_boundary("Multipart/Form-Data;boundary=\"a b\""), std::nullopt);
  EXPECT_EQ(form_boundary("multipart/form-data; boundary=\"ab\""), "ab");
  EXPECT_EQ(form_boundary("multipart/form-data"), std::nullopt);
  EXPECT_EQ(form_boundary("multipart/form-data; boundary="), std::nullopt);
  EXPECT_EQ(form_boundary("multipart/mixed; boundary=a"), std::nullopt);
  EXPECT_EQ(form_boundary("multipart/form-data; boundary=" + std::string(71, 'a')), std::nullopt);
}

}  // namespace
}  // namespace phimilter::portal
