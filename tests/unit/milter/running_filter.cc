// SPDX-License-Identifier: Apache-2.0
#include "milter/running_filter.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "escrow/vault.h"
#include "support/run_program.h"

namespace phimilter::milter::test {

namespace {

constexpr int kStartMs = 60'000;

std::string settings_for(const phimilter::test::TempFolder& folder) {
  const std::string at = folder.path();
  return "[organisation]\nname = \"Test Clinic\"\nphone = \"555 0100\"\ndomains = "
         "[\"clinic.example\"]\n"
         "[reentry]\nlistener = \"unix:" +
         at +
         "/smtp\"\n"
         "[extract]\nprogram = \"" PHIMILTER_BIN_DIR
         "/phimilter-extract\"\n"
         "[policy]\nfiles = [\"" PHIMILTER_SOURCE_DIR "/policy/packs/hipaa.toml\", \"" +
         at +
         "/site.toml\"]\n"
         "[smime]\ncertificates = \"" +
         at +
         "/certificates\"\n"
         "[keys]\nfolder = \"" +
         at +
         "/keys\"\n"
         "[escrow]\nfolder = \"" +
         at + "/escrow\"\npublic_key = \"" + at +
         "/portal.pub\"\n"
         "link_key = \"" +
         at +
         "/link.key\"\n"
         "[portal]\nurl = \"https://portal.clinic.example\"\n"
         "[audit]\njournal = \"" +
         at +
         "/journal\"\n"
         "[milter]\nsocket = \"unix:" +
         at + "/milter.sock\"\nspool = \"" + at +
         "/spool\"\n"
         "trusted_clients = [\"192.0.2.0/24\"]\nreentry_listeners = [\"REINJECT\"]\n";
}

}  // namespace

RunningFilter::RunningFilter(const std::string& more_settings) {
  for (const char* name : {"certificates", "escrow", "journal", "spool"}) {
    std::filesystem::create_directory(folder_.path(name));
    std::filesystem::permissions(folder_.path(name), std::filesystem::perms::owner_all);
  }
  folder_.write("site.toml", "format = 1\nname = \"site\"\n");
  folder_.write("phimilter.toml", settings_for(folder_) + more_settings);
  const bool made =
      escrow::generate_keys(folder_.path("portal.key"), folder_.path("portal.pub")).has_value() &&
      escrow::generate_secret_file(folder_.path("link.key"), 32).has_value();
  require(made, "keys for the filter");
  start();
}

RunningFilter::~RunningFilter() {
  if (child_ > 0) {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
}

void RunningFilter::start() {
  const std::string program = PHIMILTER_BIN_DIR "/phimilter";
  const std::string settings = folder_.path("phimilter.toml");
  const char* arguments[] = {program.c_str(), "--allow-root", "--settings", settings.c_str(),
                             nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 2, folder_.path("log").c_str(),
                                   O_WRONLY | O_CREAT | O_APPEND, 0600);
  const int failed = ::posix_spawn(&child_, program.c_str(), &actions, nullptr,
                                   const_cast<char**>(arguments), environ);
  posix_spawn_file_actions_destroy(&actions);
  require(failed == 0, "the program phimilter");
}

bool RunningFilter::wait_for(const std::string& file, const std::string& text) const {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (folder_.read(file).find(text) == std::string::npos) {
    if (std::chrono::steady_clock::now() > end) {
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

void RunningFilter::signal(int number) const {
  ::kill(child_, number);
}

void RunningFilter::kill_and_start_again() {
  ::kill(child_, SIGKILL);
  ::waitpid(child_, nullptr, 0);
  start();
}

int RunningFilter::wait_for_end() {
  int status = 0;
  ::waitpid(child_, &status, 0);
  child_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

FakeMta RunningFilter::open_session() {
  auto mta = FakeMta::connect_to(folder_.path("milter.sock"), kStartMs);
  if (!mta) {
    throw std::runtime_error("phimilter does not listen: " + log());
  }
  return std::move(*mta);
}

FakeMta RunningFilter::open_message(const std::string& recipient, const std::string& copy_to) {
  FakeMta mta = open_session();
  mta.negotiate({});
  mta.connect("OUTBOUND", "192.0.2.7");
  mta.helo("ward");
  mta.mail("<lab@clinic.example>");
  mta.recipient('<' + recipient + '>');
  if (!copy_to.empty()) {
    mta.recipient('<' + copy_to + '>');
  }
  mta.header("From", " lab@clinic.example");
  mta.header("To", ' ' + recipient);
  if (!copy_to.empty()) {
    mta.header("Cc", ' ' + copy_to);
  }
  return mta;
}

void RunningFilter::add_certificate(const std::string& address) const {
  const auto made = phimilter::test::run_program(
      "openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=pat -addext "
      "subjectAltName=email:" +
      address + " -addext keyUsage=critical,keyEncipherment,digitalSignature" +
      " -addext extendedKeyUsage=emailProtection -keyout " + folder_.path("pat.key") + " -out " +
      folder_.path("certificates") + "/pat.pem");
  require(made.status == 0, "openssl makes a certificate");
}

EndOfMessage send_result(FakeMta& mta, const std::string& more_body) {
  mta.header("Subject", " Your result");
  mta.header("Date", " Sat, 21 Nov 2026 10:00:00 +0000");
  mta.header("Message-ID", " <1@lab.clinic.example>");
  mta.body(
      "Patient: Jane Roe, MRN: 12345678, SSN 219-09-9999.\r\n"
      "Your HIV test is positive, viral load 5000. Diagnosis: diabetes mellitus.\r\n" +
      more_body);
  return mta.end("4F2A1B");
}

}  // namespace phimilter::milter::test
