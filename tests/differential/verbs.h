// What the core can be asked (README.md). A verb that cannot answer leaves `out` empty.
#pragma once

#include <string>
#include <vector>

namespace edgehose::differential {

using Fields = std::vector<std::string>;
using Verb = void (*)(const Fields& in, Fields& out);

// The n-th field; empty where there are fewer.
inline std::string field(const Fields& in, size_t n) {
  return n < in.size() ? in[n] : std::string{};
}

// hash_verbs.cpp
void ask_base64(const Fields& in, Fields& out);         // bytes -> base64
void ask_base64_decode(const Fields& in, Fields& out);  // text -> "1", bytes; or "0"
void ask_sha256(const Fields& in, Fields& out);         // bytes -> hexadecimal
void ask_hmac(const Fields& in, Fields& out);           // key, bytes -> hexadecimal
void ask_uuid(const Fields& in, Fields& out);           // bytes -> derived UUID
void ask_is_uuid(const Fields& in, Fields& out);        // text -> "1" or "0"

// json_verbs.cpp
void ask_json(const Fields& in, Fields& out);       // text -> "1" or "0", fault; of a whole value
                                                    // also whether it is compact, and compact text
void ask_json_walk(const Fields& in, Fields& out);  // text -> "1" or "0", fault
void ask_nlohmann(const Fields& in, Fields& out);   // text -> "1" or "0", by nlohmann/json

// schema_verbs.cpp
void ask_schema(const Fields& in, Fields& out);  // schema, instances... -> for each "valid" or the
                                                 // keyword that refuses it

// url_verbs.cpp
void ask_url(const Fields& in, Fields& out);  // url -> scheme, userinfo, host, port, path, query,
                                              // fragment; nothing where it is no URL

// user_agent_verbs.cpp
// Rules (a file's path, or nothing for the build's), agent -> UserAgent's members, steps.
void ask_user_agent(const Fields& in, Fields& out);

}  // namespace edgehose::differential
