// SPDX-License-Identifier: Apache-2.0
//
// The program itself, as an admin starts it and a browser (here: curl) asks it: one message from
// the vault to the visitor and away.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <fstream>
#include <thread>

#include "audit/journal.h"
#include "escrow/vault.h"
#include "portal/run_tool.h"

extern char** environ;  // NOLINT(readability-redundant-declaration)

namespace phimilter::portal {
namespace {

constexpr const char* kProgram = PHIMILTER_BIN_DIR "/phimilter-portal";

// Runs until the test ends it; its log is followed until the program says that it serves.
class Program {
 public:
  Program(const std::string& settings, std::string log) : log_(std::move(log)) {
    std::string words[] = {kProgram, "--settings", settings, "--allow-root"};
    char* arguments[] = {words[0].data(), words[1].data(), words[2].data(), words[3].data(),
                         nullptr};
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, 2, log_.c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                       0600);
    EXPECT_EQ(::posix_spawn(&pid_, kProgram, &actions, nullptr, arguments, environ), 0);
    ::posix_spawn_file_actions_destroy(&actions);
  }
  ~Program() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }
  bool serves() const {
    for (int i = 0; i < 3000 && ::waitpid(pid_, nullptr, WNOHANG) == 0; ++i) {
      std::ifstream file(log_);
      const std::string text{std::istreambuf_iterator<char>(file), {}};
      if (text.find(" started") != std::string::npos) {
        return true;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }
  pid_t pid() const { return pid_; }
  int stop(int signal_number) {
    int status = 0;
    ::kill(pid_, signal_number);
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  std::string log_;
  pid_t pid_ = -1;
};

class PortalProgramTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string& at = folder_.path();
    for (const char* name : {"/escrow", "/escrow/recipients", "/state"}) {
      std::filesystem::create_directory(at + name);
      std::filesystem::permissions(at + name, std::filesystem::perms::owner_all);
    }
    ASSERT_TRUE(escrow::generate_keys(at + "/portal.key", at + "/portal.pub").has_value());
    ASSERT_TRUE(escrow::generate_secret_file(at + "/pepper.key", 32).has_value());
    ASSERT_EQ(run_tool("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days "
                       "2 -subj /CN=portal "
                       "-addext subjectAltName=IP:127.0.0.1 -keyout " +
                       at + "/key.pem -out " + at + "/cert.pem 2>/dev/null")
                  .status,
              0);
    port_ = run_tool(
                "python3 -c 'import socket; s=socket.socket(); s.bind((\"127.0.0.1\",0)); "
                "print(s.getsockname()[1],end=\"\")'")
                .output;
    write_settings("");
  }

  void write_settings(const std::string& more) {
    const std::string& at = folder_.path();
    settings_ = folder_.write(
        "phimilter.toml",
        "[organisation]\nname = \"Maple Street Clinic\"\nphone = \"+1 555 010 "
        "0199\"\n[escrow]\nfolder = \"" +
            at + "/escrow\"\npublic_key = \"" + at +
            "/portal.pub\"\n[portal]\nurl = \"https://127.0.0.1:" + port_ +
            "\"\nhttps = \"inet:127.0.0.1:" + port_ + "\"\ncertificate = \"" + at +
            "/cert.pem\"\ncertificate_key = \"" + at + "/key.pem\"\nprivate_key = \"" + at +
            "/portal.key\"\npepper = \"" + at + "/pepper.key\"\nstate = \"" + at + "/state\"\n" +
            more + "[audit]\nportal_journal = \"" + at + "/state/journal\"\n");
  }

  // Seals a message as the filter does; gives the link's path.
  std::string seal(const std::string& message,
                   std::optional<std::string_view> answer = "1961-03-07") {
    auto writer =
        escrow::open_vault_writer(folder_.path() + "/escrow", folder_.path() + "/portal.pub");
    EXPECT_TRUE(writer.has_value());
    const Secret link_key = random_secret(32);
    const TokenId token = *TokenId::parse(std::string(64, 'b'));
    const escrow::Link link = escrow::make_link(link_key, token);
    const Timestamp now = system_clock().now();
    const escrow::EntryFacts facts{.id = link.id,
                                   .token = token,
                                   .queue_id = "4ABC",
                                   .sender = "lab@clinic.example",
                                   .recipient = "pat@example.org",
                                   .subject = "Your result",
                                   .language = "en",
                                   .sensitive = false,
                                   .created = now,
                                   .expires = now + std::chrono::hours(24)};
    std::optional<escrow::Proof> proof;
    if (answer) {
      proof = escrow::Proof{"What is your date of birth?", Secret(*answer)};
    }

    EXPECT_TRUE((*writer)->seal(facts, proof,
                                [&message](mail::ByteSink& out) { return out.write(message); }));
    EXPECT_TRUE((*writer)->mark_noticed(link.id));
    id_ = link.id;
    return "/m/" + link.secret;
  }

  // Body and, as the last line, the status.
  std::string curl(const std::string& path, const std::string& arguments = "") {
    const std::string& at = folder_.path();
    return run_tool("curl -sS --cacert " + at + "/cert.pem -b " + at + "/jar -c " + at +
                    "/jar -w '\\n%{http_code}' " + arguments + " https://127.0.0.1:" + port_ +
                    path + " 2>&1")
        .output;
  }
  std::string events() {
    std::string all;
    const Status read = audit::read_journal(
        folder_.path() + "/state/journal", 1, [&all](const audit::JournalLine& line) {
          const auto record = audit::record_from_json(line.json);
          all += (all.empty() ? "" : " ") +
                 (record ? std::string(audit::to_string(record->event)) : "?");
          return true;
        });
    EXPECT_TRUE(read.has_value());
    return all;
  }

  TempFolder folder_;
  std::string port_, settings_;
  std::optional<EscrowId> id_;
};

std::string python_message(const TempFolder& folder) {
  const std::string script = folder.write("make.py", R"(
import sys
from email.message import EmailMessage
m = EmailMessage()
m['From'] = 'Lab <lab@clinic.example>'
m['To'] = 'pat@example.org'
m['Subject'] = 'Your result'
m['Date'] = 'Sat, 21 Nov 2026 12:00:00 +0000'
m.set_content('Dear Pat, all is fine.')
m.add_attachment(bytes(range(256)) * 1000, maintype='application', subtype='pdf', filename='result.pdf')
sys.stdout.buffer.write(m.as_bytes().replace(b'\n', b'\r\n'))
)");
  return run_tool("python3 " + script).output;
}

TEST_F(PortalProgramTest, FromLinkToLogout) {
  const std::string message = python_message(folder_);
  const std::string link = seal(message);
  Program program(settings_, folder_.path() + "/log");
  ASSERT_TRUE(program.serves()) << folder_.read("log");

  const std::string question = curl(link);
  EXPECT_TRUE(question.ends_with("\n200"));
  EXPECT_NE(question.find("What is your date of birth?"), std::string::npos);
  EXPECT_NE(question.find(escrow::reference_of(*id_)), std::string::npos);
  EXPECT_EQ(question.find("all is fine"), std::string::npos);
  EXPECT_NE(curl(link, "-I").find("200"), std::string::npos);
  EXPECT_EQ(events(), "");

  EXPECT_TRUE(curl(link + "/proof", "-d answer=1970").ends_with("\n403"));
  EXPECT_TRUE(curl(link + "/proof", "-d answer=3%2F7%2F1961").ends_with("\n303"));
  std::filesystem::copy(folder_.path() + "/jar", folder_.path() + "/jar.old");
  const std::string page = curl(link + "/message");
  EXPECT_NE(page.find("all is fine"), std::string::npos);
  const std::string mark = "name=\"token\" value=\"";
  const std::string token = page.substr(page.find(mark) + mark.size(), 43);

  curl(link + "/attachment/1", "-o " + folder_.path() + "/got.pdf -d token=" + token);
  std::string expected;
  for (int i = 0; i < 256'000; ++i) {
    expected += static_cast<char>(i % 256);
  }
  EXPECT_TRUE(folder_.read("got.pdf") == expected);
  curl(link + "/original", "-o " + folder_.path() + "/got.eml -d token=" + token);
  EXPECT_TRUE(folder_.read("got.eml") == message);

  EXPECT_TRUE(curl(link + "/logout", "-d token=" + token).ends_with("\n200"));
  std::filesystem::rename(folder_.path() + "/jar.old", folder_.path() + "/jar");
  EXPECT_TRUE(curl(link + "/message").ends_with("\n403")) << "the old cookie is refused";
  EXPECT_EQ(events(), "challenged refused challenged verified shown downloaded downloaded");
  EXPECT_EQ(folder_.read("log").find(link.substr(3)), std::string::npos)
      << "the link's secret is not logged";
  EXPECT_EQ(program.stop(SIGTERM), 0);
}

TEST_F(PortalProgramTest, CodeGoesByMailAndOpens) {
  const std::string mail = folder_.path() + "/mail";
  run_tool("python3 " PHIMILTER_SOURCE_DIR "/tests/unit/portal/smtp_sink.py " + mail +
           " >/dev/null 2>&1 &");
  for (int i = 0; i < 3000 && folder_.read("mail.port").empty(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  write_settings("sender = \"no-reply@clinic.example\"\n[reentry]\nlistener = \"inet:127.0.0.1:" +
                 folder_.read("mail.port") + "\"\n");
  const std::string link = seal(python_message(folder_), std::nullopt);
  Program program(settings_, folder_.path() + "/log");
  ASSERT_TRUE(program.serves()) << folder_.read("log");
  EXPECT_NE(curl(link).find("Send me the code"), std::string::npos);
  EXPECT_TRUE(curl(link + "/code", "-X POST").ends_with("\n303")) << folder_.read("log");
  const std::string code =
      run_tool("python3 -c \"import re,sys; print(re.search(r'(\\d{4} \\d{4})', open('" + mail +
               "').read()).group(1), end='')\"")
          .output;
  ASSERT_EQ(code.size(), 9U);
  EXPECT_NE(folder_.read("mail").find("X-RCPT-TO: <pat@example.org>"), std::string::npos);
  EXPECT_NE(folder_.read("mail").find(escrow::reference_of(*id_)), std::string::npos);
  EXPECT_NE(curl(link).find(escrow::reference_of(*id_)), std::string::npos);
  EXPECT_TRUE(
      curl(link + "/proof", "-d answer=" + code.substr(0, 4) + code.substr(5)).ends_with("\n303"));
  EXPECT_NE(curl(link + "/message").find("all is fine"), std::string::npos);
  EXPECT_TRUE(curl(link + "/code", "-X POST").ends_with("\n503")) << "the listener is gone";
  EXPECT_EQ(folder_.read("log").find(code.substr(0, 4) + code.substr(5)), std::string::npos);
}

TEST_F(PortalProgramTest, WrongTriesOutliveAKill) {
  const std::string link = seal(python_message(folder_));
  for (int i = 1; i <= 5; ++i) {
    Program program(settings_, folder_.path() + "/log");
    ASSERT_TRUE(program.serves()) << folder_.read("log");
    EXPECT_TRUE(curl(link + "/proof", "-d answer=wrong").ends_with(i < 5 ? "\n403" : "\n429")) << i;
    program.stop(SIGKILL);
  }
  Program program(settings_, folder_.path() + "/log");
  ASSERT_TRUE(program.serves());
  EXPECT_TRUE(curl(link + "/proof", "-d answer=3%2F7%2F1961").ends_with("\n429"));
  EXPECT_EQ(program.stop(SIGINT), 0);
}

TEST_F(PortalProgramTest, LeavesNoCoreAndOutlivesSighup) {
  const std::string link = seal(python_message(folder_));
  Program program(settings_, folder_.path() + "/log");
  ASSERT_TRUE(program.serves()) << folder_.read("log");
  std::ifstream file("/proc/" + std::to_string(program.pid()) + "/limits");
  const std::string limits{std::istreambuf_iterator<char>(file), {}};
  EXPECT_NE(limits.find("Max core file size        0                    0"), std::string::npos)
      << limits;
  ASSERT_EQ(::kill(program.pid(), SIGHUP), 0);
  EXPECT_TRUE(curl(link).ends_with("\n200"));
  EXPECT_EQ(program.stop(SIGTERM), 0);
  EXPECT_NE(folder_.read("log").find("no_reload"), std::string::npos);
}

// The question and the answer's hash are on the disk by then, and no lock may be got rid of.
TEST_F(PortalProgramTest, BrokenStateClosesTheEntryAndSaysWhich) {
  const std::string link = seal(python_message(folder_));
  const std::string state = folder_.path() + "/state/" + id_->str() + ".state";
  Program program(settings_, folder_.path() + "/log");
  ASSERT_TRUE(program.serves()) << folder_.read("log");
  EXPECT_TRUE(curl(link + "/proof", "-d answer=wrong").ends_with("\n403"));
  const std::string whole = folder_.read("state/" + id_->str() + ".state");
  EXPECT_EQ(whole.find("birth"), std::string::npos);
  std::string damaged = whole;
  damaged.back() = static_cast<char>(damaged.back() ^ 1);
  std::ofstream(state, std::ios::binary) << damaged;
  EXPECT_TRUE(curl(link + "/proof", "-d answer=3%2F7%2F1961").ends_with("\n503"));
  std::filesystem::remove(state);
  EXPECT_TRUE(curl(link + "/proof", "-d answer=3%2F7%2F1961").ends_with("\n503"));
  EXPECT_TRUE(curl(link).ends_with("\n503"));
  std::ofstream(state, std::ios::binary) << whole;
  EXPECT_TRUE(curl(link + "/proof", "-d answer=3%2F7%2F1961").ends_with("\n303"));
  const std::string log = folder_.read("log");
  EXPECT_NE(log.find("portal.state_broken"), std::string::npos);
  EXPECT_NE(log.find("portal.state_lost"), std::string::npos);
  EXPECT_NE(log.find("reference=" + escrow::reference_of(*id_)), std::string::npos);
  EXPECT_EQ(log.find(link.substr(3)), std::string::npos) << "the link's secret is not logged";
}

TEST_F(PortalProgramTest, RetractedIsGoneForTheVisitorAtOnce) {
  const std::string link = seal(python_message(folder_));
  Program program(settings_, folder_.path() + "/log");
  ASSERT_TRUE(program.serves()) << folder_.read("log");
  EXPECT_TRUE(curl(link + "/proof", "-d answer=3%2F7%2F1961").ends_with("\n303"));
  auto writer =
      escrow::open_vault_writer(folder_.path() + "/escrow", folder_.path() + "/portal.pub");
  ASSERT_TRUE(writer.has_value());
  ASSERT_TRUE((*writer)->retract(*id_, "admin", system_clock().now()).has_value());
  const std::string page = curl(link + "/message");
  EXPECT_TRUE(page.ends_with("\n410"));
  EXPECT_NE(page.find("taken back"), std::string::npos);
}

TEST_F(PortalProgramTest, RefusalsNameWhatIsMissing) {
  const auto refused = [this](const std::string& damage) {
    const ToolResult result =
        run_tool(damage + "; " + kProgram + " --settings " + settings_ + " --allow-root 2>&1");
    EXPECT_EQ(result.status, 1) << damage;
    return result.output;
  };
  const std::string& at = folder_.path();
  EXPECT_NE(refused("chmod 644 " + at + "/portal.key").find("portal.key"), std::string::npos);
  EXPECT_NE(refused("chmod 600 " + at + "/portal.key; rm " + at + "/pepper.key").find("pepper.key"),
            std::string::npos);
  ASSERT_TRUE(escrow::generate_secret_file(at + "/pepper.key", 32).has_value());
  EXPECT_NE(refused("openssl genpkey -algorithm X25519 -out " + at + "/key.pem")
                .find("portal.certificate_key "),
            std::string::npos);
  EXPECT_NE(refused("echo broken > " + at + "/cert.pem").find("portal.certificate "),
            std::string::npos);
  write_settings("http = \"unix:/run/x.sock\"\n");
  EXPECT_NE(refused("true").find("inet:127.0.0.1:port"), std::string::npos);
}

#ifndef PHIMILTER_SANITIZED
TEST(PortalProgram, IsBuiltHardened) {
  const std::string program = std::string(" ") + kProgram;
  const auto said = [](const std::string& command) { return run_tool(command).output; };
  EXPECT_NE(said("readelf -hW" + program).find("DYN"), std::string::npos) << "position-independent";
  EXPECT_NE(said("readelf -lW" + program).find("GNU_RELRO"), std::string::npos);
  EXPECT_NE(said("readelf -dW" + program).find("NOW"), std::string::npos) << "bound at the start";
  EXPECT_EQ(said("readelf -lW" + program + " | grep GNU_STACK | grep -c E").front(), '0');
  EXPECT_NE(said("readelf -sW" + program).find("__stack_chk_fail"), std::string::npos);
}
#endif

TEST(PortalCommandLine, HelpsAndRefuses) {
  const ToolResult help = run_tool(std::string(kProgram) + " --help");
  EXPECT_EQ(help.status, 0);
  EXPECT_NE(help.output.find("--settings FILE"), std::string::npos);
  struct Case {
    std::string words, expected;
  };
  for (const Case& each :
       {Case{"--nonsense", "'--nonsense'"}, Case{"--settings", "needs a FILE"}}) {
    const ToolResult refused = run_tool(std::string(kProgram) + " " + each.words + " 2>&1");
    EXPECT_EQ(refused.status, 2) << each.words;
    EXPECT_NE(refused.output.find(each.expected), std::string::npos) << refused.output;
  }
  EXPECT_EQ(
      run_tool(std::string(kProgram) + " --settings /no/such/file --allow-root 2>/dev/null").status,
      1);
}

}  // namespace
}  // namespace phimilter::portal
