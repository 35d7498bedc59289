// expect in notes: expected_comma_or_brace
#include <beamnode/etf/match.hpp>

int main() {
#ifdef BAD
  return static_cast<int>(beamnode::etf::format_term("{ok, Count]", 1).size());
#else
  return static_cast<int>(beamnode::etf::format_term("{ok, Count}", 1).size());
#endif
}
