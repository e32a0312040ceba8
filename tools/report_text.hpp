// SPDX-License-Identifier: MIT
// A finding of verify or diff, to read and as JSON.
#pragma once

#include <string>
#include <string_view>

// "key: message", or only the message for the file as a whole; ends the line.
void append_finding(std::string &out, std::string_view key, std::string_view message);
// The two members of an object, without its braces.
void append_finding_json(std::string &out, std::string_view key, std::string_view message);
