#include "values.hpp"

#include <beamnode/etf/big_integer.hpp>

#include <cmath>

namespace conformance {

namespace {

etf::big_integer integer_of(const term& t) {
  if (const auto small = t.as_int64()) return *small;
  return etf::big_integer(*t.as_big());
}

double float_of(const term& t) {
  const double value = t.is_float() ? *t.as_double() : integer_of(t).to_double();
  if (!std::isfinite(value)) throw error_with("badarith"_atom);
  return value;
}

}  // namespace

atom atom_of(const term& t) {
  if (!t.is_atom()) throw error_with("badarg"_atom);
  return *t.as_atom();
}

pid pid_of(const term& t) {
  if (!t.is_pid()) throw error_with("badarg"_atom);
  return *t.as_pid();
}

destination destination_of(const term& t) {
  if (t.is_pid()) return *t.as_pid();
  if (t.is_reference()) return *t.as_reference();
  if (t.is_tuple(2)) return registered(atom_of(t[0]), atom_of(t[1]));
  return registered(atom_of(t));
}

duration timeout_of(const term& t) {
  if (t.is("infinity"_atom)) return duration::max();
  const auto ms = t.as_int64();
  // As `after` does: at most 2^32 - 1.
  if (!ms || *ms < 0 || *ms > 0xFFFF'FFFF) throw error_with("badarg"_atom);
  return std::chrono::milliseconds(*ms);
}

term plus(const term& a, const term& b) {
  if (!a.is_number() || !b.is_number()) throw error_with("badarith"_atom);
  if (a.is_integer() && b.is_integer()) return term::from(integer_of(a) + integer_of(b));
  const double sum = float_of(a) + float_of(b);
  if (!std::isfinite(sum)) throw error_with("badarith"_atom);
  return term::from(sum);
}

}  // namespace conformance
