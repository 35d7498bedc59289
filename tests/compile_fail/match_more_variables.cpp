// expect in notes: more_variables_than_given
#include <beamnode/etf/match.hpp>

int main() {
  int first = 0;
#ifdef BAD
  const bool found = beamnode::etf::match({}, "{ok, First, Second}", first);
#else
  const bool found = beamnode::etf::match({}, "{ok, First, _Second}", first);
#endif
  return found ? first : 0;
}
