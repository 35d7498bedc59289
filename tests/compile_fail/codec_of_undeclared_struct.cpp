// expect: beamnode: this type has no codec: specialise beamnode::etf::codec<T>, or describe your
// struct with a shape from beamnode/etf/shape.hpp
#include <beamnode/etf/shape.hpp>

struct point {
  double x = 0;
  double y = 0;
};

#ifndef BAD
template <>
struct beamnode::etf::codec<point> : tagged_tuple_codec<point, "point", &point::x, &point::y> {};
#endif

int main() { return static_cast<int>(beamnode::etf::encode(point{}).size()); }
