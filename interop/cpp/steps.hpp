#pragma once
// What the programs that visit a BEAM print: one line a step, and whether every answer was the one
// expected.

#include <iostream>
#include <string>
#include <string_view>

class steps {
 public:
  void expect(std::string_view step, const std::string& wanted, const std::string& got) {
    const bool good = got == wanted;
    failed_ = failed_ || !good;
    std::cout << (good ? "ok " : "FAILED ") << step << ": " << got
              << (good ? "" : ", expected " + wanted) << std::endl;
  }
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  bool failed_ = false;
};
