// expect in notes: fewer_variables_than_given
#include <beamnode/etf/match.hpp>

int main() {
  int first = 0;
  int second = 0;
#ifdef BAD
  const bool found = beamnode::etf::match({}, "{ok, First}", first, second);
#else
  const bool found = beamnode::etf::match({}, "{ok, First, Second}", first, second);
#endif
  return found ? first + second : 0;
}
