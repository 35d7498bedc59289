#pragma once
/// One encoded term per tag of the external term format (erl_ext_dist), and terms that nest them.
/// Tests read each of them whole, cut at every byte, and with more behind it.

#include <beamnode/etf/reader.hpp>

#include <string_view>
#include <vector>

#include "support/hex.hpp"

namespace beamnode::test {

struct wire_sample {
  std::string_view name;
  byte_string bytes;
};

/// What the samples mean with ATOM_CACHE_REF 0.
inline const std::vector<etf::atom>& sample_refs() {
  static const std::vector<etf::atom> refs{etf::atom("cached@node")};
  return refs;
}

inline const std::vector<wire_sample>& wire_samples() {
  static const byte_string node = bytes_of(119, 3, "a@b");
  static const byte_string pid = bytes_of(88, node, "00000001 00000002 00000003"_hex);
  static const byte_string fun_head =
      bytes_of(112, "000000ff 02 000102030405060708090a0b0c0d0e0f 00000007"_hex);
  static const std::vector<wire_sample> samples{
      {"SMALL_INTEGER_EXT", "6107"_hex},
      {"INTEGER_EXT", "62ffffff00"_hex},
      {"SMALL_BIG_EXT", "6e0501ffffffff01"_hex},
      {"LARGE_BIG_EXT", "6f00000009 00 000000000000000001"_hex},
      {"NEW_FLOAT_EXT", "463ff8000000000000"_hex},
      {"FLOAT_EXT", "63312e3530303030303030303030303030303030303030652b30300000000000"_hex},
      {"ATOM_EXT", "640002 6f6b"_hex},
      {"SMALL_ATOM_EXT", "7302 e9ff"_hex},
      {"ATOM_UTF8_EXT", "760003 e282ac"_hex},
      {"SMALL_ATOM_UTF8_EXT", "7702 6f6b"_hex},
      {"the empty atom", "7700"_hex},
      {"ATOM_CACHE_REF", "5200"_hex},
      {"NEW_PID_EXT", pid},
      {"NEW_PID_EXT with a cached node", "58 5200 000000010000000200000003"_hex},
      {"PID_EXT", bytes_of(103, node, "00000001 00000002 03"_hex)},
      {"NEW_PORT_EXT", bytes_of(89, node, "00000001 00000003"_hex)},
      {"V4_PORT_EXT", bytes_of(120, node, "0000000110000000 00000003"_hex)},
      {"PORT_EXT", bytes_of(102, node, "00000001 03"_hex)},
      {"NEWER_REFERENCE_EXT", bytes_of(90, 0, 3, node, "00000007 000000010000000200000003"_hex)},
      {"NEWER_REFERENCE_EXT of 5 words",
       bytes_of(90, 0, 5, node, "00000007 0000000100000002000000030000000400000005"_hex)},
      {"NEWER_REFERENCE_EXT of no words", bytes_of(90, 0, 0, node, "00000007"_hex)},
      {"NEW_REFERENCE_EXT", bytes_of(114, 0, 2, node, "02 0003ffff ffffffff"_hex)},
      {"REFERENCE_EXT", bytes_of(101, node, "0003ffff 01"_hex)},
      {"SMALL_TUPLE_EXT", "6803 6101 7702 6f6b 6a"_hex},
      {"SMALL_TUPLE_EXT of nothing", "6800"_hex},
      {"LARGE_TUPLE_EXT", "6900000002 6101 6102"_hex},
      {"NIL_EXT", "6a"_hex},
      {"STRING_EXT", "6b0003 010203"_hex},
      {"STRING_EXT of nothing", "6b0000"_hex},
      {"LIST_EXT", "6c00000002 6101 770161 6a"_hex},
      {"an improper list", "6c00000001 6101 6102"_hex},
      {"a chain of lists", "6c00000001 6101 6c00000001 6102 6b0001 03"_hex},
      {"LIST_EXT of nothing before an integer", "6c00000000 6107"_hex},
      {"BINARY_EXT", "6d00000003 010203"_hex},
      {"BINARY_EXT of nothing", "6d00000000"_hex},
      {"BIT_BINARY_EXT", "4d00000002 04 fff0"_hex},
      {"MAP_EXT", "7400000002 770161 6101 770162 6800"_hex},
      {"MAP_EXT of nothing", "7400000000"_hex},
      {"EXPORT_EXT", "71 77056c69737473 77036d6170 6102"_hex},
      {"NEW_FUN_EXT",
       bytes_of(fun_head, "00000002"_hex, "77016d 6101 62ffffffff"_hex, pid, "6a 680161 05"_hex)},
      {"RECORD_EXT", "4300000002 01 77016d 77016e 770166 770167 6101 6801 6a"_hex},
      {"everything in everything",
       bytes_of("6803 7400000001 6c00000001"_hex, pid, "6a"_hex, "6802 6d0000000100 6b0001 01"_hex,
                "71 77016d 77016e 6100"_hex, "4d00000001 01 80"_hex)},
  };
  return samples;
}

}  // namespace beamnode::test
