#include "shared/enrich/agent_text.h"

#include <catch2/catch.hpp>
#include <string>

using namespace edgehose;

namespace {

std::string exact_of(const AgentText& text) {
  return {reinterpret_cast<const char*>(text.exact()), text.size()};
}
std::string copy_of(const AgentText& text, size_t from, size_t to) {
  std::string out(256, '\0');
  out.resize(text.copy(from, to, out.data(), out.size()));
  return out;
}

}  // namespace

TEST_CASE("agent text: plain text is kept, and folded beside it") {
  for (size_t bytes = 0; bytes < 40; ++bytes) {
    std::string text;
    std::string folded;
    for (size_t i = 0; i < bytes; ++i) text.push_back("Az @[Z`a{9~M"[i % 12]);
    for (size_t i = 0; i < bytes; ++i) folded.push_back("az @[z`a{9~m"[i % 12]);
    AgentText agent;
    agent.prepare("something longer that was there before, to be overwritten whole");
    agent.prepare(text);
    CHECK(agent.is_plain());
    CHECK(exact_of(agent) == text);
    CHECK(std::string(reinterpret_cast<const char*>(agent.folded()), bytes) == folded);
    CHECK(agent.exact()[bytes] == 0);
    CHECK(agent.folded()[bytes + 7] == 0);
    CHECK(agent.line_end() == bytes);
  }
}

TEST_CASE("agent text: a character beyond ASCII is one stand-in, and comes back whole") {
  const std::string text = "a\xe6\x9d\xb1\xc2\xa0\xe2\x80\xa8\xf0\x9f\x98\x80z";
  AgentText agent;
  agent.prepare(text);
  CHECK_FALSE(agent.is_plain());
  CHECK(exact_of(agent) == "a\x80\x81\x82\x80\x80z");
  CHECK(agent.line_end() == 3);
  CHECK(copy_of(agent, 0, agent.size()) == text);
  CHECK(copy_of(agent, 1, 2) == "\xe6\x9d\xb1");
}

TEST_CASE("agent text: bytes that are no text become U+FFFD, a zero byte stays what it is") {
  AgentText agent;
  const std::string text("a\xff\0b\xe6\x9d", 6);
  agent.prepare(text);
  CHECK(exact_of(agent) ==
        "a\x80\x80"
        "b\x80\x80");
  CHECK(copy_of(agent, 0, 6) == std::string("a\xef\xbf\xbd\0b\xef\xbf\xbd\xef\xbf\xbd", 12));
}

TEST_CASE("agent text: what stands behind the bound is not read") {
  AgentText agent;
  agent.prepare(std::string(kUserAgentBytesMax + 100, 'x'));
  CHECK(agent.size() == kUserAgentBytesMax);
  agent.prepare(std::string(kUserAgentBytesMax - 1, 'x') + "\xe6\x9d\xb1");
  CHECK(agent.size() == kUserAgentBytesMax);
  CHECK(agent.exact()[kUserAgentBytesMax - 1] == kOtherCharacter);
}
