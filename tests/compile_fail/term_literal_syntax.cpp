// expect: beamnode: expected ',', '|' or ']' after a list element
#include <beamnode/etf/term_literal.hpp>

using namespace beamnode::etf::literals;

int main() {
#ifdef BAD
  return static_cast<int>("{ok, [1, 2 3]}"_term.size());
#else
  return static_cast<int>("{ok, [1, 2, 3]}"_term.size());
#endif
}
